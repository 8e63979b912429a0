import type { HistoryEvent, StateEvent } from '@tenure/conformance';

interface Reign {
  readonly client: string;
  readonly from: number;
  readonly to: number;
  readonly released: boolean;
}

/**
 * From the first act of a term to the last act of any term before it, the longest there was, milliseconds; negative: nobody led
 * meanwhile; `undefined`: nobody took over. Unlike the checker it excuses nobody whom an administrator deposed.
 */
export function windowIn(history: readonly HistoryEvent[]): number | undefined {
  const reigns = reignsIn(history);
  const windows = reigns.slice(1).map((next, i) => Math.max(...reigns.slice(0, i + 1).map(({ to }) => to)) - next.from);
  return windows.length === 0 ? undefined : Math.max(...windows);
}

/**
 * For each term that was followed by another and did not end by a release: milliseconds from when a witness saw the server let go
 * of the leader key to the first act of the next. A term whose key the server never let go of, as when its own client takes it up
 * again, is no takeover; controls, which hear of no renewals, are so measured like ours.
 */
export function takeoversIn(history: readonly HistoryEvent[]): number[] {
  const states = history.filter((event) => event.type === 'state').filter(({ key }) => key === 'leader');
  const reigns = reignsIn(history);
  return reigns.flatMap((next, i) => {
    const last = reigns[i - 1];
    if (last === undefined || last.released) return [];
    const gone = letGo(states, last, next);
    return gone === undefined ? [] : [Math.max(0, next.from - gone)];
  });
}

/** When the key began not to name the last leader any more, before it named the next one. */
function letGo(states: readonly StateEvent[], last: Reign, next: Reign): number | undefined {
  const named = states.findIndex(({ at, value }) => value === next.client && at > last.from && at <= next.to);
  if (named === -1) return undefined;
  let first = named;
  while (states[first - 1]?.value === null) first -= 1;
  return first === named && last.client === next.client ? undefined : states[first]?.at;
}

/** The terms in which somebody acted, in the order of their tokens. */
function reignsIn(history: readonly HistoryEvent[]): Reign[] {
  const reigns = new Map<number, Reign>();
  for (const event of history) {
    if (event.type !== 'act') continue;
    const { client, token, from, to } = event;
    const known = reigns.get(token) ?? { client, from, to, released: false };
    reigns.set(token, { ...known, from: Math.min(known.from, from), to: Math.max(known.to, to) });
  }
  for (const event of history) {
    if (event.type !== 'term' || event.event !== 'released') continue;
    const known = reigns.get(event.token);
    if (known !== undefined) reigns.set(event.token, { ...known, released: true });
  }
  return [...reigns].sort(([a], [b]) => a - b).map(([, reign]) => reign);
}
