import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { faultTypes, judge, scheduleOf, simulate } from '@tenure/conformance';

const command = fileURLToPath(new URL('main.ts', import.meta.url));

/** How many of the seeds, always the same, fit into the time is the machine's affair. */
const TIME_BOX = ['--minutes', '0.33'];

// In a process of its own: the runner of the tests watches every promise, which makes them many times as slow.
test('no history of the first seeds breaks a promise', async () => {
  const child = spawn(process.execPath, [command, ...TIME_BOX, '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  assert.equal(code, 0, output);
  const tally = JSON.parse(output) as { histories: number; terms: number };
  assert.ok(tally.terms > tally.histories, 'terms end, and others begin');
});

test('an office of a lease that ran out is not kept by who does not want it: seed 101184514', async () => {
  const schedule = scheduleOf(101_184_514);
  assert.deepEqual(judge(schedule, await simulate(schedule)).violations, []);
});

test('the seeds draw every kind of fault', () => {
  const drawn = new Set(
    Array.from({ length: 1000 }, (_, seed) => scheduleOf(seed).faults.map(({ type }) => type)).flat(),
  );
  assert.deepEqual([...drawn].sort(), [...faultTypes].sort());
});

test('a schedule has one history, to the byte', async () => {
  for (let seed = 1; seed <= 5; seed += 1) {
    const schedule = scheduleOf(seed);
    assert.deepEqual(scheduleOf(seed), schedule);
    const history = JSON.stringify(await simulate(schedule));
    // As it would be replayed from a file, and beside another one.
    const copy = JSON.parse(JSON.stringify(schedule)) as typeof schedule;
    const [again] = await Promise.all([simulate(copy), simulate(scheduleOf(seed + 1))]);
    assert.equal(JSON.stringify(again), history, `seed ${seed}`);
  }
});

test('the simulation leaves the random numbers of the process alone', async () => {
  const { random } = Math;
  await simulate(scheduleOf(1));
  assert.equal(Math.random, random);
});

test('clocks that run too wrong do break the promise, and the fence holds', async () => {
  const wrong = { ...scheduleOf(1), drift: 0.001, withinDrift: false, serverRate: 1.3, faults: [] };
  let windows = 0;
  for (let seed = 1; seed <= 10; seed += 1) {
    const clients = scheduleOf(seed).clients.map((client) => ({ ...client, rate: 0.7 }));
    const at = 2 * wrong.ttl;
    const faults = [{ type: 'cut', at, lasts: 2 * wrong.ttl, target: 'leader' } as const];
    const schedule = { ...wrong, seed, clients, faults };
    const { violations, figures } = judge(schedule, await simulate(schedule));
    assert.deepEqual(violations, []);
    if ((figures.twoLeaderWindow ?? -1) > 0) windows += 1;
  }
  assert.ok(windows > 0, 'no clock was wrong enough to see two leaders');
});
