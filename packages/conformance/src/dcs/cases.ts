import type { Definition } from '../case.ts';
import { leaderCases } from './leader.ts';
import { tokenCases } from './tokens.ts';

/** What core makes of a store: every case of the semantics above `Store`. */
export const dcsCases: readonly Definition[] = [...leaderCases, ...tokenCases];
