import { type Disturbance, disturbances } from './disturbances.ts';
import type { Finding } from './finding.ts';
import type { History } from './history.ts';
import type { Violation } from './report.ts';
import { takeovers } from './takeovers.ts';

const rule = 'liveness';

/**
 * Whenever the last thing that was wrong has ended, somebody acts as leader within `leaderWithin`: to exist is not enough. Where
 * the next fault or the end of the history comes sooner, nothing is asked. A demotion is needless, a figure and no violation,
 * when nothing was wrong then, nor had been for a ttl.
 */
export function liveness(history: History): Finding<'needlessDemotions' | 'takeovers'> {
  const violations: Violation[] = [];
  const { leaderWithin, ttl } = history.run;
  const wrong = disturbances(history);
  const acts = history.terms.all.flatMap((term) => term.acts);
  let last: Disturbance | undefined;
  for (const [index, disturbance] of wrong.entries()) {
    if (last === undefined || disturbance.to >= last.to) last = disturbance;
    const { to: sound, why } = last;
    const until = sound + leaderWithin;
    if (until > (wrong[index + 1]?.from ?? until) || until > history.end) continue;
    if (acts.some((act) => act.to >= sound && act.from <= until)) continue;
    violations.push({ rule, at: until, message: `nobody acted for ${leaderWithin} ms after the end of ${why}` });
  }
  const needless = history.terms.lost.filter(({ at }) => !wrong.some(({ from, to }) => from <= at && to >= at - ttl));
  return { violations, figures: { needlessDemotions: needless.length, takeovers: takeovers(history) } };
}
