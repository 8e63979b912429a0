import type { Definition } from '../case.ts';
import { commitCases } from './commit.ts';
import { faultCases } from './faults.ts';
import { guaranteeCases } from './guarantee.ts';
import { guardCases } from './guards.ts';
import { lifecycleCases } from './lifecycle.ts';
import { limitCases } from './limits.ts';
import { moveCases } from './moves.ts';
import { readCases } from './read.ts';
import { renewCases } from './renew.ts';
import { sessionCases } from './sessions.ts';
import { watchCases } from './watch.ts';
import { watchFaultCases } from './watch-faults.ts';

/** A case for each sentence of the contract of `Store`. */
export const storeCases: readonly Definition[] = [
  ...readCases,
  ...commitCases,
  ...guardCases,
  ...limitCases,
  ...sessionCases,
  ...guaranteeCases,
  ...moveCases,
  ...renewCases,
  ...watchCases,
  ...faultCases,
  ...watchFaultCases,
  ...lifecycleCases,
];
