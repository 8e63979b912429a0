import type { Definition } from '../case.ts';
import { leaderCases } from './leader.ts';
import { retimeCases } from './retime.ts';
import { sessionCases } from './sessions.ts';
import { tokenCases } from './tokens.ts';
import { unknownCases } from './unknown.ts';

/** What core makes of a store: every case of the semantics above `Store`. */
export const dcsCases: readonly Definition[] = [...leaderCases, ...tokenCases, ...unknownCases, ...sessionCases, ...retimeCases];
