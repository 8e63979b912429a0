import type { History } from './history.ts';
import type { Term } from './term.ts';

/**
 * For each term that ended without a release and was followed by one that acted: milliseconds from the moment the server let go of its
 * leader key to the first act of the next. Where the history has no state of the key, the server may have let go a ttl after the
 * last proof; the takeover is 0 when the next term acted before that.
 */
export function takeovers(history: History): number[] {
  const terms = history.terms.all;
  const found: number[] = [];
  for (const [index, term] of terms.entries()) {
    const next = terms.slice(index + 1).find(({ acts }) => acts.length > 0);
    if (term.released || next === undefined) continue;
    found.push(Math.max(0, next.firstAct - letGo(term, next, history)));
  }
  return found;
}

function letGo(term: Term, next: Term, { states, run }: History): number {
  const proved = Number.isFinite(term.provedAt) ? term.provedAt : term.firstAct;
  const gone = states.find(
    ({ event: { key, value, at } }) =>
      key === 'leader' && at >= proved && at <= next.firstAct && (value === null || !term.used.has(value)),
  );
  return gone?.event.at ?? proved + run.ttl;
}
