import { type Case, type Definition, toCase } from './case.ts';
import { dcsCases } from './dcs/cases.ts';
import type { Harness } from './harness.ts';
import { storeCases } from './store/cases.ts';
import { Turns } from './turns.ts';

/**
 * Every case, for one store. All may be started at once: each has its own root and its own clients, and those that
 * restart the server wait for the others and hold the others up.
 */
export function conformance(harness: Harness): Iterable<Case> {
  return bind([...storeCases, ...dcsCases], harness);
}

/** Only the cases of the contract of `Store`. */
export function storeConformance(harness: Harness): Iterable<Case> {
  return bind(storeCases, harness);
}

function* bind(definitions: readonly Definition[], harness: Harness): Iterable<Case> {
  const turns = new Turns();
  // What waits longest begins first; the lonely ones come last, where they hold up no one.
  const alone = (definition: Definition) => definition.needs.includes('restart');
  const rank = (definition: Definition) => (alone(definition) ? 2 : definition.cost === 'wait' ? 0 : 1);
  for (const definition of [...definitions].sort((a, b) => rank(a) - rank(b))) yield toCase(definition, harness, turns);
}
