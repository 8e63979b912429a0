import type { HistoryEvent } from '@tenure/conformance';

/** Milliseconds on the clock of the history. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface TermSpan extends Span {
  readonly token: number;
}

/** What one client did. */
export interface Track {
  readonly client: string;
  /** Acts of one term that followed each other without a gap that could be seen, less the time in which it did not run. */
  readonly acts: readonly TermSpan[];
  /** For how long it believed that it may act: to its loss, or to its deadline when that came first. */
  readonly leases: readonly TermSpan[];
  /** It did not run. */
  readonly pauses: readonly Span[];
}

export interface NamedSpan extends Span {
  readonly name: string;
}

/** A history as things that last, in order. */
export interface Tracks extends Span {
  /** When the first fault began; without one, when the history did. */
  readonly zero: number;
  /** Of the run; 0 when there is none. */
  readonly ttl: number;
  readonly clients: readonly Track[];
  /** Whom the server's leader key names, and since when. */
  readonly leader: readonly NamedSpan[];
  readonly faults: readonly NamedSpan[];
  /** A later term had acted already, and an earlier one still did. */
  readonly overlaps: readonly Span[];
}

/** `grain`: two acts of one term that are no further apart, in milliseconds, are one. */
export function tracksOf(history: readonly HistoryEvent[], grain: number): Tracks {
  const events = history.toSorted((a, b) => a.at - b.at);
  const starts = events.map((event) => ('from' in event ? event.from : event.at));
  const from = Math.min(...starts);
  const to = Math.max(...events.map((event) => event.at));
  const named = events.flatMap((event) => ('client' in event && event.type !== 'run' ? [event.client] : []));
  const faults = faultsOf(events, to);
  const bounds = events.length === 0 ? { from: 0, to: 0 } : { from, to };
  return {
    ...bounds,
    zero: faults[0]?.from ?? bounds.from,
    ttl: events.find((event) => event.type === 'run')?.ttl ?? 0,
    clients: [...new Set(named)].sort().map((client) => trackOf(events, client, to, grain)),
    leader: leaderOf(events, to),
    faults,
    overlaps: overlapsOf(events),
  };
}

function trackOf(events: readonly HistoryEvent[], client: string, end: number, grain: number): Track {
  const acts: TermSpan[] = [];
  const leases = new Map<number, TermSpan & { readonly until: number }>();
  const pauses: Span[] = [];
  for (const event of events) {
    if (!('client' in event) || event.client !== client) continue;
    if (event.type === 'pause') pauses.push({ from: event.from, to: event.at });
    else if (event.type === 'act') {
      const last = acts.at(-1);
      const follows = last !== undefined && last.token === event.token && event.from - last.to <= grain;
      if (follows) acts.pop();
      acts.push({ token: event.token, from: follows ? last.from : event.from, to: event.to });
    } else if (event.type === 'term') {
      const lease = leases.get(event.token) ?? { token: event.token, from: event.at, to: end, until: end };
      const ends = event.event === 'lost' || event.event === 'released';
      // What ran out before its holder was told of it ended when it ran out.
      if (ends) leases.set(event.token, { ...lease, to: Math.min(event.at, lease.until) });
      else leases.set(event.token, { ...lease, until: event.until ?? end });
    }
  }
  const ended = [...leases.values()].map(({ token, from, to, until }) => ({ token, from, to: Math.min(to, until) }));
  return { client, acts: without(acts, pauses), leases: ended, pauses };
}

/** What is left of the spans outside of the others. */
function without(spans: readonly TermSpan[], others: readonly Span[]): TermSpan[] {
  return others.reduce<TermSpan[]>(
    (left, other) =>
      left.flatMap((span) => {
        if (other.to <= span.from || other.from >= span.to) return [span];
        const [before, after] = [
          { ...span, to: other.from },
          { ...span, from: other.to },
        ];
        return [...(before.to > before.from ? [before] : []), ...(after.to >= after.from ? [after] : [])];
      }),
    [...spans],
  );
}

function leaderOf(events: readonly HistoryEvent[], end: number): NamedSpan[] {
  const spans: NamedSpan[] = [];
  let now: { readonly name: string; readonly from: number } | undefined;
  for (const event of events) {
    if (event.type !== 'state' || event.key !== 'leader' || event.value === (now?.name ?? null)) continue;
    if (now !== undefined) spans.push({ ...now, to: event.at });
    now = event.value === null ? undefined : { name: event.value, from: event.at };
  }
  if (now !== undefined) spans.push({ ...now, to: end });
  return spans;
}

function faultsOf(events: readonly HistoryEvent[], end: number): NamedSpan[] {
  const faults = events.filter((event) => event.type === 'fault');
  return faults.flatMap(({ phase, id, fault, target, at }) => {
    if (phase === 'end') return [];
    const over = faults.find((other) => other.phase === 'end' && other.id === id);
    return [{ name: target === undefined ? fault : `${fault}: ${target}`, from: at, to: over?.at ?? end }];
  });
}

function overlapsOf(events: readonly HistoryEvent[]): Span[] {
  const terms = new Map<number, TermSpan>();
  for (const event of events) {
    if (event.type !== 'act') continue;
    const { from, to } = terms.get(event.token) ?? event;
    terms.set(event.token, { token: event.token, from: Math.min(from, event.from), to: Math.max(to, event.to) });
  }
  const inOrder = [...terms.values()].sort((a, b) => a.token - b.token);
  return inOrder.flatMap((later, i) => {
    const longest = Math.max(...inOrder.slice(0, i).map((earlier) => earlier.to));
    return longest > later.from ? [{ from: later.from, to: longest }] : [];
  });
}
