import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SystemClock, systemClock } from '../src/clock.ts';

function machine() {
  const at = { monotonic: 1000, boot: 500_000, wall: 1_700_000_000_000 };
  const reads = { boot: 0 };
  const clock = new SystemClock({
    monotonic: () => at.monotonic,
    boot: () => {
      reads.boot += 1;
      return at.boot;
    },
    wall: () => at.wall,
  });
  const pass = (ms: number) => {
    at.monotonic += ms;
    at.boot += ms;
    at.wall += ms;
  };
  return { at, reads, clock, pass };
}

test('time spent in suspend counts at the first look after it, and time never goes back', () => {
  const { at, clock, pass } = machine();
  const start = clock.now();
  pass(1);
  assert.equal(clock.now() - start, 1);
  at.boot += 30_000;
  at.wall += 30_000;
  assert.equal(clock.now() - start, 30_001, 'suspended for half a minute');
  at.boot -= 20;
  at.wall -= 20;
  assert.equal(clock.now() - start, 30_001);
});

test('a suspend that the time of day does not show counts 10 ms after it at the latest', () => {
  const { at, clock, pass } = machine();
  const start = clock.now();
  at.boot += 30_000;
  pass(10);
  assert.equal(clock.now() - start, 30_010);
});

test('steps of the time of day and the grain of the boot clock count nothing', () => {
  const { at, clock, pass } = machine();
  const start = clock.now();
  at.wall -= 3_600_000;
  pass(50);
  at.boot += 10;
  assert.equal(clock.now() - start, 50);
  at.wall += 7_200_000;
  assert.equal(clock.now() - start, 50);
});

test('the boot clock is read no more than each 10 ms while nothing happens', () => {
  const { reads, clock, pass } = machine();
  reads.boot = 0;
  for (let i = 0; i < 1000; i += 1) {
    pass(0.1);
    clock.now();
  }
  assert.ok(reads.boot <= 10, `${reads.boot} reads`);
});

test('the system clock follows the monotonic clock while the machine is awake', async () => {
  const start = [systemClock.now(), performance.now()] as const;
  await systemClock.sleep(50);
  const elapsed = systemClock.now() - start[0];
  const real = performance.now() - start[1];
  // The boot clock may add its grain.
  assert.ok(elapsed >= 49 && elapsed <= real + 25, `${elapsed} of ${real}`);
});

test('sleep rejects with the reason of its signal, before and during', async () => {
  const reason = new Error('enough');
  await assert.rejects(systemClock.sleep(10_000, AbortSignal.abort(reason)), (error) => error === reason);
  const controller = new AbortController();
  const sleeping = systemClock.sleep(10_000, controller.signal);
  controller.abort(reason);
  await assert.rejects(sleeping, (error) => error === reason);
});

test('a sleep is never shorter than asked for', async () => {
  const early = await Promise.all(
    Array.from({ length: 200 }, async (_, i) => {
      const ms = 5 + i / 7;
      const start = performance.now();
      await systemClock.sleep(ms);
      return performance.now() - start < ms;
    }),
  );
  assert.equal(early.filter(Boolean).length, 0);
});
