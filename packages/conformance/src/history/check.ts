import type { HistoryEvent } from './event.ts';
import { fence } from './fence.ts';
import { History } from './history.ts';
import { linearizable } from './linearizable.ts';
import { liveness } from './liveness.ts';
import { oneHolder } from './one-holder.ts';
import type { Report } from './report.ts';
import { tokens } from './tokens.ts';
import { uncaught } from './uncaught.ts';
import { views } from './views.ts';

/**
 * Holds one history against the contract.
 * @param events of one run, in the order of their times; `mergeHistories` makes one of the files of several recorders
 * @throws Error when they are no history: out of order, a return without a call, a value that two calls write, …
 */
export function check(events: readonly HistoryEvent[]): Report {
  const history = new History(events);
  const holder = oneHolder(history);
  const token = tokens(history);
  const order = linearizable(history);
  const view = views(history);
  const live = liveness(history);
  const findings = [holder, token, fence(history), order, view, live, uncaught(history)];
  return {
    violations: findings.flatMap(({ violations }) => violations),
    figures: {
      operations: history.operations.all.length,
      unknownOutcomes: history.operations.unknown,
      faults: history.faults.filter(({ phase }) => phase === 'begin').length,
      ...holder.figures,
      ...token.figures,
      ...order.figures,
      ...view.figures,
      ...live.figures,
    },
  };
}
