import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryHarness, mutants, runMutants } from '@tenure/conformance';

test('every mutant is killed', async (t) => {
  let alive = mutants;
  // A machine that stalls for a whole ttl lets sessions go which a mutant would have kept: those are judged again, with a
  // ttl that it should not stall for.
  for (const ttl of [500, 2000, 6000]) {
    if (alive.length === 0) break;
    const survivors = new Set<string>();
    for await (const { mutant, killer } of runMutants(() => memoryHarness({ ttl }), alive)) {
      if (killer === undefined) survivors.add(mutant);
      t.diagnostic(`${mutant}: ${killer === undefined ? `survived with a ttl of ${ttl} ms` : `killed by "${killer}"`}`);
    }
    alive = mutants.filter(({ name }) => survivors.has(name));
  }
  assert.deepEqual(
    alive.map(({ name }) => name),
    [],
  );
});

test('no two mutants have one name', () => {
  assert.equal(new Set(mutants.map(({ name }) => name)).size, mutants.length);
});
