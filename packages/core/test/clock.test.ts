import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SystemClock, systemClock } from '../src/clock.ts';

test('time spent in suspend counts, jitter of the boot clock does not, and time never goes back', () => {
  const at = { monotonic: 1000, boot: 500_000 };
  const clock = new SystemClock({ monotonic: () => at.monotonic, boot: () => at.boot });
  const start = clock.now();
  at.monotonic += 50;
  at.boot += 60;
  assert.equal(clock.now() - start, 50, 'a hundredth of a second is the grain of the boot clock');
  at.boot += 30_000;
  at.monotonic += 10;
  assert.equal(clock.now() - start, 30_060, 'suspended for half a minute');
  const after = clock.now();
  at.boot -= 20;
  assert.equal(clock.now(), after);
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
