import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { conformance, type Harness } from '@tenure/conformance';
import { startConsul } from '../servers/index.ts';
import { consulHarness } from './consul-harness.ts';

/** Cases at a time: a server, its clients and their proxies share two cores. */
const CONCURRENCY = 12;

/**
 * Every case on Consul 1.8. Those that restart the server have a server of their own, one after another, since a restart
 * begins every session anew and so would lie to the cases beside it.
 */
const [calm, restarted] = await Promise.all([startConsul({ fast: true }), startConsul({ fast: true })]);
const harness = consulHarness(calm, 'consul 1.8');
const other = consulHarness(restarted, 'consul 1.8, restarted');
after(async () => {
  await Promise.all([harness, other].map((it) => it[Symbol.asyncDispose]()));
  await Promise.all([calm, restarted].map((cluster) => cluster.stop()));
});
const { restart: _, ...faults } = { ...harness.faults };
const withoutRestart: Harness = { ...harness, faults };
const restarts = new Set([...conformance(withoutRestart)].filter(({ skip }) => skip !== false).map((c) => c.title));
suite('consul 1.8', { concurrency: CONCURRENCY }, () => {
  for (const { title, skip, run } of conformance(withoutRestart)) {
    if (!restarts.has(title)) test(title, { skip }, run);
  }
});
suite('consul 1.8, restarted', { concurrency: 1 }, () => {
  for (const { title, skip, run } of conformance(other)) if (restarts.has(title)) test(title, { skip }, run);
});
test('no case is skipped', () => {
  assert.deepEqual(
    [...conformance(other)].filter(({ skip }) => skip !== false).map(({ title }) => title),
    [],
  );
});
