import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { mutants } from './all.ts';
import { core, mutated } from './mutant.ts';
import { seeds } from './seeds.ts';
import { attempt, inPairs } from './trial.ts';

/** Histories: a few more than a chosen seed takes, so that a change of the simulator does not ask for other seeds at once. */
const LIMIT = 100;

test('every mutant fits core as it is built, and changes it', () => {
  for (const mutant of mutants) {
    for (const file of new Set(mutant.edits.map((edit) => edit.file))) {
      const source = readFileSync(new URL(file, core), 'utf8');
      assert.notEqual(mutated(mutant, file, source), source, mutant.name);
    }
  }
});

test('a mutant that does not fit is an error', () => {
  const edit = { file: 'lease.js', find: 'twice', replace: 'once' };
  const mutant = { name: 'repeats itself', edits: [edit] };
  assert.throws(() => mutated(mutant, 'lease.js', 'twice, twice'), /"repeats itself": 2 times in lease.js/);
  assert.throws(() => mutated(mutant, 'lease.js', 'never'), /0 times/);
  assert.equal(mutated(mutant, 'lease.js', 'but twice'), 'but once');
  assert.equal(mutated(mutant, 'calls.js', 'never'), 'never');
});

test('no two mutants have one name, and each has its seed', () => {
  const names = mutants.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  assert.deepEqual(Object.keys(seeds).toSorted(), names.toSorted());
});

test('the simulator kills every mutant, by histories that sound core stands', async (t) => {
  const survivors: string[] = [];
  const killing = new Set<number>();
  await inPairs(mutants, async (mutant) => {
    const { name } = mutant;
    const [trial] = await attempt(mutant, { seeds: [seeds[name] ?? 0], limit: LIMIT });
    if (trial?.killer === undefined) survivors.push(name);
    else killing.add(trial.seed + trial.histories - 1);
    t.diagnostic(`${name}: ${trial?.killer ?? 'survived'} after ${trial?.histories} histories`);
  });
  assert.deepEqual(survivors, []);
  const sound = await attempt(undefined, { seeds: [...killing], limit: 1 });
  assert.deepEqual(
    sound.filter(({ killer }) => killer !== undefined),
    [],
  );
});
