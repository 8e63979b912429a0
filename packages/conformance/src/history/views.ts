import { Chain } from './chain.ts';
import { disturbances } from './disturbances.ts';
import type { DocumentHistory } from './document.ts';
import type { PauseEvent, Value, ViewEvent } from './event.ts';
import type { Finding } from './finding.ts';
import type { History } from './history.ts';
import type { Violation } from './report.ts';

const rule = 'views';

/**
 * The views of one watch never go back. One that does not say that it is stale misses no write that was acknowledged
 * `staleAfter` ago, which includes what the run allows a busy machine; while its client did not run, that time stands still.
 * Once nothing was wrong and nobody wrote for `leaderWithin` and `staleAfter`, every watch that is still looked at shows what
 * the server's states showed last.
 */
export function views(history: History): Finding<'unannouncedStaleViews'> {
  const violations: Violation[] = [];
  const lies = new Set<ViewEvent>();
  const chains = history.documents.map((document) => new Chain(document));
  const quiet = quietSince(history);
  for (const watch of history.views.values()) {
    const events = watch.map(({ event }) => event);
    const pauses = history.pauses.filter(({ client }) => client === events[0]?.client);
    const violate = ({ at, client, watch }: ViewEvent, message: string) =>
      violations.push({ rule, at, message: `${watch} of ${client}: ${message}` });
    for (const [index, document] of history.documents.entries()) {
      const chain = chains[index] as Chain;
      const shown = events.filter(({ documents }) => documents[document.name] !== undefined);
      checkMonotonic(shown, document, chain, violate);
      for (const [event, first] of unannounced(shown, document, chain, history.run.staleAfter, pauses)) {
        lies.add(event);
        if (first)
          violate(event, `${document.name} is still ${valueIn(event, document)}, and the view is not called stale`);
      }
      const [last, final] = [shown.at(-1), document.states.at(-1)];
      if (last === undefined || final === undefined || last.at < quiet || valueIn(last, document) === final.value)
        continue;
      violate(last, `${document.name} is ${valueIn(last, document)} at last, not ${final.value}`);
    }
    checkLeader(events, violate);
  }
  return { violations, figures: { unannouncedStaleViews: lies.size } };
}

type Violate = (event: ViewEvent, message: string) => void;

function checkMonotonic(events: readonly ViewEvent[], document: DocumentHistory, chain: Chain, violate: Violate): void {
  const replaced = new Set<Value>();
  let current: Value | undefined;
  for (const event of events) {
    const value = valueIn(event, document);
    if (current === undefined) current = value;
    if (value === current) continue;
    if (replaced.has(value) || chain.precedes(value, current))
      violate(event, `${document.name} went back from ${current} to ${value}`);
    // The document may well be absent again: that the chain knows.
    if (current !== null) replaced.add(current);
    current = value;
  }
}

/** The views that miss what they should know, and whether each is the first of its value. */
function* unannounced(
  events: readonly ViewEvent[],
  document: DocumentHistory,
  chain: Chain,
  staleAfter: number,
  pauses: readonly PauseEvent[],
): Generator<[event: ViewEvent, first: boolean]> {
  let lie: Value | undefined;
  for (const event of events) {
    const value = valueIn(event, document);
    if (event.stale || !chain.missed(value, running(event.at, staleAfter, pauses))) continue;
    yield [event, lie !== value];
    lie = value;
  }
}

/** The time until which a client that looks now should know everything: it ran without a pause from then on, for `staleAfter`. */
function running(now: number, staleAfter: number, pauses: readonly PauseEvent[]): number {
  let since = now;
  for (const { from, at } of pauses.toReversed()) if (at > since - staleAfter && from < since) since = from;
  return since - staleAfter;
}

/** The term of the leader that is shown never goes down. */
function checkLeader(events: readonly ViewEvent[], violate: Violate): void {
  let highest = Number.NEGATIVE_INFINITY;
  for (const event of events) {
    const token = event.leader?.token;
    if (token === undefined) continue;
    if (token < highest) violate(event, `the leader went back from term ${highest} to ${token}`);
    highest = Math.max(highest, token);
  }
}

/** From when on every watch must show the final state: Infinity when something was wrong until the end. */
function quietSince(history: History): number {
  const { leaderWithin, staleAfter } = history.run;
  const last = [history.run.at, ...disturbances(history).map(({ to }) => to)];
  for (const { writes, states } of history.documents) {
    for (const { operation } of writes)
      last.push(operation.call.at, Number.isFinite(operation.endedAt) ? operation.endedAt : 0);
    for (const { at } of states) last.push(at);
  }
  return last.reduce((a, b) => Math.max(a, b)) + leaderWithin + staleAfter;
}

function valueIn({ documents }: ViewEvent, { name }: DocumentHistory): Value {
  return documents[name] ?? null;
}
