import type { Finding } from './finding.ts';
import type { History } from './history.ts';
import type { Violation } from './report.ts';
import type { Term } from './term.ts';

const rule = 'tokens';

type Violate = (at: number, message: string) => void;

/**
 * Tokens strictly increase in the order of the elections and are never used again, by another client or for another term.
 * A winner may hear late that it was elected: its lower token is no fault when the server's own states show `epoch` at it
 * before any higher one. `epoch` never goes down and never vanishes, unless an administrator does it. Terms must not repeat
 * then either: whoever wipes `epoch` by hand takes the fence away, and a token that comes again is told as what it is.
 */
export function tokens(history: History): Finding<'terms'> {
  const violations: Violation[] = [];
  const violate: Violate = (at, message) => violations.push({ rule, at, message });
  const terms = history.terms.all;
  checkOrder(terms, checkEpoch(history, violate), violate);
  checkUse(history, violate);
  return { violations, figures: { terms: terms.length } };
}

/** @param reached where `epoch` first held each token */
function checkOrder(terms: readonly Term[], reached: ReadonlyMap<number, number>, violate: Violate): void {
  const elections = terms.flatMap(({ token, acquired }) => acquired.map((election) => ({ token, ...election })));
  let highest: (typeof elections)[number] | undefined;
  for (const election of elections.sort((a, b) => a.place - b.place)) {
    const { token, at, client } = election;
    if (highest === undefined || token >= highest.token) {
      highest = election;
      continue;
    }
    const own = reached.get(token);
    const heardLate = own !== undefined && own < (reached.get(highest.token) ?? Number.POSITIVE_INFINITY);
    if (!heardLate) violate(at, `${client} was elected under ${token} after ${highest.client} under ${highest.token}`);
  }
}

function checkUse({ terms, operations }: History, violate: Violate): void {
  for (const { token, acquired, used } of terms.all) {
    const [owner, ...again] = acquired;
    if (owner === undefined) continue;
    for (const { at, client } of again)
      violate(at, `${client} was elected under ${token}, the token of ${owner.client}`);
    const elected = new Set(acquired.map(({ client }) => client));
    for (const [client, at] of used)
      if (!elected.has(client)) violate(at, `${client} used the token ${token} of ${owner.client}`);
  }
  for (const { call } of operations.all) {
    if (call.operation !== 'write' || call.token === undefined) continue;
    const elected = terms.get(call.token)?.acquired ?? [];
    if (elected.length > 0 && !elected.some(({ client }) => client === call.client))
      violate(call.at, `${call.client} wrote under the token ${call.token} of ${elected[0]?.client}`);
  }
}

function checkEpoch({ states }: History, violate: Violate): ReadonlyMap<number, number> {
  const reached = new Map<number, number>();
  let highest = 0;
  let absent = true;
  for (const { place, event } of states) {
    const { key, value, at, by } = event;
    if (key !== 'epoch') continue;
    const token = /^[0-9]+$/.test(value ?? '') ? Number(value) : undefined;
    if (by !== 'administrator') {
      if (value === null && !absent) violate(at, `epoch vanished after ${highest}`);
      if (value !== null && token === undefined) violate(at, `epoch became ${value}`);
      if (token !== undefined && token < highest) violate(at, `epoch went down from ${highest} to ${token}`);
    }
    absent = value === null;
    if (token === undefined) continue;
    highest = Math.max(highest, token);
    if (!reached.has(token)) reached.set(token, place);
  }
  return reached;
}
