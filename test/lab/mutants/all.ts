import { documentMutants } from './documents.ts';
import { electionMutants } from './elections.ts';
import { foundMutants } from './found.ts';
import type { Mutant } from './mutant.ts';
import { renewalMutants } from './renewals.ts';
import { retimeMutants } from './retimes.ts';
import { validityMutants } from './validity.ts';
import { viewMutants } from './views.ts';

export const mutants: readonly Mutant[] = [
  ...validityMutants,
  ...renewalMutants,
  ...electionMutants,
  ...retimeMutants,
  ...documentMutants,
  ...viewMutants,
  ...foundMutants,
];
