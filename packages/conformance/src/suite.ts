import { type Case, type Definition, toCase } from './case.ts';
import type { Harness } from './harness.ts';
import { commitCases } from './store/commit.ts';
import { faultCases } from './store/faults.ts';
import { guardCases } from './store/guards.ts';
import { lifecycleCases } from './store/lifecycle.ts';
import { limitCases } from './store/limits.ts';
import { readCases } from './store/read.ts';
import { renewCases } from './store/renew.ts';
import { sessionCases } from './store/sessions.ts';
import { watchCases } from './store/watch.ts';
import { watchFaultCases } from './store/watch-faults.ts';
import { Turns } from './turns.ts';

const definitions: readonly Definition[] = [
  ...readCases,
  ...commitCases,
  ...guardCases,
  ...limitCases,
  ...sessionCases,
  ...renewCases,
  ...watchCases,
  ...faultCases,
  ...watchFaultCases,
  ...lifecycleCases,
];

/**
 * Every case, for one store. All may be started at once: each has its own root and its own clients, and those that
 * restart the server wait for the others and hold the others up.
 */
export function* conformance(harness: Harness): Iterable<Case> {
  const turns = new Turns();
  // The lonely ones come last, where they hold up no one.
  const alone = (definition: Definition) => definition.needs.includes('restart');
  for (const definition of definitions) if (!alone(definition)) yield toCase(definition, harness, turns);
  for (const definition of definitions) if (alone(definition)) yield toCase(definition, harness, turns);
}
