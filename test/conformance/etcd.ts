import { after } from 'node:test';
import { type EtcdVersion, startEtcd } from '../servers/index.ts';
import { etcdHarness } from './etcd-harness.ts';
import { everyCase } from './every-case.ts';

/** Every case on one real server of this version, none skipped. */
export async function conformanceOfEtcd(version: EtcdVersion): Promise<void> {
  const cluster = await startEtcd({ version, fast: true });
  const harness = etcdHarness(cluster, `etcd ${version}`);
  after(async () => {
    await harness[Symbol.asyncDispose]();
    await cluster.stop();
  });
  everyCase(harness);
}
