import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { conformance } from '@tenure/conformance';
import { startConsul } from '../servers/index.ts';
import { consulHarness } from './consul-harness.ts';

/** Cases at a time: a server, its clients and their proxies share two cores. */
const CONCURRENCY = 12;

/** Every case on one real server, none skipped. */
const cluster = await startConsul({ fast: true });
const harness = consulHarness(cluster, 'consul 1.8');
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
