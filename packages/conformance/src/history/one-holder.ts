import { deposals } from './deposals.ts';
import type { Finding } from './finding.ts';
import { heedless } from './heedless.ts';
import type { History } from './history.ts';
import type { Violation } from './report.ts';
import type { Term } from './term.ts';

const rule = 'one holder';

/**
 * No two terms act at one time, nor two clients under one token. A term may act until the first act of any later one; how long an
 * act took after its look at the lease does not matter here, nor does a term that was deposed (see `deposals`):
 * its holder stops when it is told.
 */
export function oneHolder(history: History): Finding<'twoLeaderWindow'> {
  const { terms } = history;
  const deposed = deposals(history);
  const violations: Violation[] = heedless(history);
  let twoLeaderWindow: number | undefined;
  let latest: Term | undefined;
  for (const term of terms.all) {
    const [first] = term.acts;
    if (first === undefined) continue;
    const others = new Set(term.acts.map(({ client }) => client));
    if (others.size > 1) {
      const message = `${[...others].join(' and ')} acted under the token ${term.token}`;
      violations.push({ rule, at: term.firstAct, message });
    }
    if (latest !== undefined) {
      const window = latest.lastAct - term.firstAct;
      twoLeaderWindow = Math.max(twoLeaderWindow ?? window, window);
      if (window > 0) {
        const message = `${named(latest)} acted until ${latest.lastAct}, ${window} ms after the first act of ${named(term)}`;
        violations.push({ rule, at: term.firstAct, message });
      }
    }
    if (latest !== undefined && term.lastAct <= latest.lastAct) continue;
    // One that was deposed by hand, or by its namesake, need not have stopped yet.
    if (term.lastAct > (deposed.get(term.token) ?? Number.NEGATIVE_INFINITY)) latest = term;
  }
  return { violations, figures: { twoLeaderWindow } };
}

function named({ token, acts }: Term): string {
  return `term ${token} (${acts[0]?.client})`;
}
