import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClientClock } from './client-clock.ts';

test('a machine that sleeps: its monotonic clock stands still, and the clock of its store does not', async () => {
  const sources = new ClientClock();
  const { clock } = sources;
  const before = { real: performance.now(), monotonic: sources.monotonic(), now: clock.now() };
  sources.suspend(200);
  // Twice the sleep: half of the time the machine is awake again.
  await clock.sleep(400);
  const slept = performance.now() - before.real - (sources.monotonic() - before.monotonic);
  assert.ok(Math.abs(slept - 200) < 1, `the monotonic clock stood still for ${slept} ms`);
  // The boot clock is read every 10 ms at the most, and counts in hundredths of a second.
  const elapsed = performance.now() - before.real;
  const counted = clock.now() - before.now;
  assert.ok(counted > elapsed - 40, `${counted} ms of ${elapsed} were counted`);
  sources.step(-3_600_000);
  assert.ok(clock.now() - before.now >= counted, 'a step of the time of day went back in time');
});
