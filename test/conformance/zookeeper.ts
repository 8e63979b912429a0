import { after } from 'node:test';
import { TICK } from '../clients/connect.ts';
import { startZooKeeper, type ZooKeeperVersion } from '../servers/index.ts';
import { everyCase } from './every-case.ts';
import { zookeeperHarness } from './zookeeper-harness.ts';

/** Every case on one real server of this version, none skipped. */
export async function conformanceOfZooKeeper(version: ZooKeeperVersion): Promise<void> {
  const cluster = await startZooKeeper({ version, tickTime: TICK });
  const harness = zookeeperHarness(cluster, `ZooKeeper ${version}`);
  after(async () => {
    await harness[Symbol.asyncDispose]();
    await cluster.stop();
  });
  everyCase(harness);
}
