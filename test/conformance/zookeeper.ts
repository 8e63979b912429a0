import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { conformance } from '@tenure/conformance';
import { startZooKeeper, type ZooKeeperVersion } from '../servers/index.ts';
import { TICK, zookeeperHarness } from './zookeeper-harness.ts';

/** Cases at a time: a server, its clients and their proxies share two cores. */
const CONCURRENCY = 12;

/** Every case on one real server of this version, none skipped. */
export async function conformanceOfZooKeeper(version: ZooKeeperVersion): Promise<void> {
  const cluster = await startZooKeeper({ version, tickTime: TICK });
  const harness = zookeeperHarness(cluster, `ZooKeeper ${version}`);
  after(async () => {
    await harness[Symbol.asyncDispose]();
    await cluster.stop();
  });
  const cases = [...conformance(harness)];
  suite(harness.name, { concurrency: CONCURRENCY }, () => {
    for (const { title, skip, run } of cases) test(title, { skip }, run);
  });
  test('no case is skipped', () => {
    assert.deepEqual(
      cases.filter(({ skip }) => skip !== false).map(({ title }) => title),
      [],
    );
  });
}
