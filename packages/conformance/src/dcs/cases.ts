import type { Definition } from '../case.ts';
import { campaignCases } from './campaign.ts';
import { diagnosticsCases } from './diagnostics.ts';
import { documentCases } from './documents.ts';
import { layoutCases } from './layouts.ts';
import { leadCases } from './lead.ts';
import { leaderCases } from './leader.ts';
import { memberCases } from './members.ts';
import { outageCases } from './outages.ts';
import { retimeCases } from './retime.ts';
import { safetyCases } from './safety.ts';
import { sessionCases } from './sessions.ts';
import { statusCases } from './status.ts';
import { tokenCases } from './tokens.ts';
import { unknownCases } from './unknown.ts';
import { validityCases } from './validity.ts';
import { viewCases } from './views.ts';
import { watchCases } from './watches.ts';

/** What core makes of a store: every case of the semantics above `Store`. */
export const dcsCases: readonly Definition[] = [
  ...layoutCases,
  ...leaderCases,
  ...tokenCases,
  ...unknownCases,
  ...sessionCases,
  ...retimeCases,
  ...campaignCases,
  ...leadCases,
  ...memberCases,
  ...documentCases,
  ...statusCases,
  ...viewCases,
  ...watchCases,
  ...outageCases,
  ...safetyCases,
  ...validityCases,
  ...diagnosticsCases,
];
