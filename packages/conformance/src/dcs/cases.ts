import type { Definition } from '../case.ts';
import { campaignCases } from './campaign.ts';
import { leadCases } from './lead.ts';
import { leaderCases } from './leader.ts';
import { memberCases } from './members.ts';
import { retimeCases } from './retime.ts';
import { sessionCases } from './sessions.ts';
import { tokenCases } from './tokens.ts';
import { unknownCases } from './unknown.ts';

/** What core makes of a store: every case of the semantics above `Store`. */
export const dcsCases: readonly Definition[] = [
  ...leaderCases,
  ...tokenCases,
  ...unknownCases,
  ...sessionCases,
  ...retimeCases,
  ...campaignCases,
  ...leadCases,
  ...memberCases,
];
