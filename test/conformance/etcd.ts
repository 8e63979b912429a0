import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { conformance } from '@tenure/conformance';
import { type EtcdVersion, startEtcd } from '../servers/index.ts';
import { etcdHarness } from './etcd-harness.ts';

/** Cases at a time: a server, its clients and their proxies share two cores. */
const CONCURRENCY = 12;

/** Every case on one real server of this version, none skipped. */
export async function conformanceOfEtcd(version: EtcdVersion): Promise<void> {
  const cluster = await startEtcd({ version, fast: true });
  const harness = etcdHarness(cluster, `etcd ${version}`);
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
