import type { Act } from './protocol.ts';

export interface OfficeHistory {
  readonly acts: number;
  /** In the order in which the terms began. */
  readonly tokens: readonly number[];
  /** Pairs of terms of which the older one still acted when the younger one had begun. */
  readonly overlaps: readonly string[];
  /** Milliseconds from the last act of a term to the first of the next, at the least; `undefined` for one term. */
  readonly nearest: number | undefined;
}

/** What the logs of all members say together, by the clock that they share. */
export function readHistory(acts: readonly Act[]): OfficeHistory {
  const terms = new Map<number, { first: number; last: number }>();
  for (const { token, at } of acts) {
    const term = terms.get(token) ?? { first: at, last: at };
    terms.set(token, { first: Math.min(term.first, at), last: Math.max(term.last, at) });
  }
  const inOrder = [...terms].sort(([, a], [, b]) => a.first - b.first);
  const overlaps: string[] = [];
  let nearest: number | undefined;
  let latest: { readonly token: number; readonly last: number } | undefined;
  for (const [token, term] of inOrder) {
    if (latest !== undefined) {
      const gap = term.first - latest.last;
      nearest = Math.min(nearest ?? gap, gap);
      if (gap <= 0 || token <= latest.token) overlaps.push(`term ${latest.token} and term ${token}`);
    }
    if (latest === undefined || term.last > latest.last) latest = { token, last: term.last };
  }
  return { acts: acts.length, tokens: inOrder.map(([token]) => token), overlaps, nearest };
}
