import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SimProcess } from '../src/sim/process.ts';
import { World } from '../src/sim/world.ts';

test('a machine that is suspended twice at a time sleeps once: its timers are late by the time from the first to the last', async () => {
  const world = new World();
  const machine = new SimProcess(world, 'a', 1, 0);
  let fired: number | undefined;
  machine.timer(100, () => {
    fired = world.now;
  });
  for (const [from, to] of [
    [10, 60],
    [40, 90],
  ] as const) {
    world.at(from, () => {
      const proceed = machine.suspend();
      world.at(to, proceed);
    });
  }
  await world.run(1000);
  // With the millisecond by which a timer is late.
  assert.equal(fired, 100 + 1 + (90 - 10));
});
