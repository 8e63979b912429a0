import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DcsError } from '@tenure/core';
import type { Schedule } from '../src/sim/schedule.ts';
import { Simulation } from '../src/sim/simulation.ts';

const PLAN = { name: 'n1', role: 'loop', watches: true, rate: 1 } as const;
const FAIR = { ttl: 3000, stopBudget: 0, drift: 0.001, withinDrift: true, serverRate: 1, latency: 30, settles: true };

test('once a leader has to come, a client that finds its name in use exits at the first time, and its supervisor starts it again', async () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const schedule: Schedule = { ...FAIR, seed, clients: [PLAN], faults: [] };
    const simulation = new Simulation(schedule);
    const { world } = simulation;
    const first = simulation.start(PLAN);
    await world.run(2 * schedule.ttl);
    assert.ok(simulation.running.has(first));
    await first.client.attempt(async () => {
      throw new DcsError('NAME_IN_USE', 'another process has this name');
    });
    await world.run(world.now);
    assert.ok(first.process.dead, `seed ${seed}`);
    const [second] = simulation.running;
    assert.equal(second?.plan, PLAN);
    second?.process.kill();
  }
});
