import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Case, conformance, memoryHarness, runSuite } from '../src/index.ts';

/** Cases that note how many of their kind run at one time. */
function counted(cost: Case['cost'], count: number, most: { at: number; now: number }): Case[] {
  return Array.from({ length: count }, (_, index) => ({
    title: `${cost} ${index}`,
    skip: false,
    cost,
    run: async () => {
      most.now += 1;
      most.at = Math.max(most.at, most.now);
      await new Promise((resolve) => setImmediate(resolve));
      most.now -= 1;
    },
  }));
}

test('runSuite: cases that wait run beside those that work, and all at one time up to a bound', async () => {
  const [work, wait] = [
    { at: 0, now: 0 },
    { at: 0, now: 0 },
  ];
  const cases = [...counted('work', 40, work), ...counted('wait', 80, wait)];
  assert.deepEqual(await runSuite(cases), { passed: 120, failed: 0, skipped: 0, failures: [] });
  assert.deepEqual([work.at, wait.at], [16, 64]);
  await runSuite(cases.slice(0, 40), { concurrency: 3, onResult: () => assert.ok(work.now <= 3) });
});

test('conformance: what waits comes first, fits in one batch, and is work like any other where leases are short', () => {
  const costs = [...conformance(memoryHarness({ ttl: 20_000 }))].map(({ cost }) => cost);
  const waiting = costs.filter((cost) => cost === 'wait').length;
  assert.ok(waiting > 40 && waiting <= 64, `${waiting} cases wait`);
  assert.equal(costs.lastIndexOf('wait'), waiting - 1);
  assert.ok([...conformance(memoryHarness({ ttl: 2000 }))].every(({ cost }) => cost === 'work'));
});
