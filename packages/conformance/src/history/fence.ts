import type { DocumentHistory, Write } from './document.ts';
import type { Finding } from './finding.ts';
import { Highest } from './highest.ts';
import type { History } from './history.ts';
import type { Violation } from './report.ts';

const rule = 'fence';

type Proof = readonly [place: number, token: number];

/**
 * No fenced write of an older term becomes visible after a newer term's first write, which is that of `epoch` when the history
 * has its states. Four things prove it: such a write was called after the newer term was known and took effect; the server's
 * states show it later (events of one time are of one snapshot, in no order); a read that began after a newer term's write of
 * the same document was seen finds it; one watch shows it after a newer one.
 */
export function fence(history: History): Finding {
  const violations: Violation[] = [];
  const told = new Set<Write>();
  const violate = (write: Write, at: number, newer: number, how: string) => {
    if (told.has(write)) return;
    told.add(write);
    const { call } = write.operation;
    const message = `${call.document}: ${write.value} of term ${write.token} (call ${call.id}) ${how} term ${newer}`;
    violations.push({ rule, at, message });
  };
  const known = new Highest(
    history.terms.all.flatMap(({ token, acquired }) => acquired.map(({ place }) => [place, token])),
  );
  const onServer = new Highest(history.documents.flatMap(ofStates).concat(ofEpoch(history)));
  for (const document of history.documents) {
    const states = new Highest(ofStates(document));
    const seen = new Highest([...ofStates(document), ...ofClients(document)]);
    for (const write of document.writes) {
      const { begin, call } = write.operation;
      const newer = Math.max(known.before(begin), seen.before(begin));
      if (write.token !== undefined && write.landed < Number.POSITIVE_INFINITY && newer > write.token)
        violate(write, call.at, newer, 'took effect, called after');
    }
    for (const { value, place, at } of document.states) {
      const write = document.writeOf(value);
      const newer = Math.max(onServer.before(history.placeAt(at)), states.before(place));
      if (write?.token !== undefined && newer > write.token) violate(write, at, newer, 'became visible after');
    }
    for (const { begin, endedAt, found } of document.reads) {
      const write = document.writeOf(found);
      const newer = seen.before(begin);
      if (write?.token !== undefined && newer > write.token) violate(write, endedAt, newer, 'was read after');
    }
  }
  checkViews(history, violate);
  return { violations, figures: {} };
}

function checkViews(
  { views, documents }: History,
  violate: (write: Write, at: number, newer: number, how: string) => void,
): void {
  for (const watch of views.values()) {
    for (const document of documents) {
      let newest = Number.NEGATIVE_INFINITY;
      for (const { event } of watch) {
        const write = document.writeOf(event.documents[document.name]);
        if (write?.token === undefined) continue;
        if (write.token < newest) violate(write, event.at, newest, `was shown to ${event.client} after`);
        newest = Math.max(newest, write.token);
      }
    }
  }
}

function ofEpoch({ states }: History): Proof[] {
  const made = states.filter(
    ({ event }) => event.key === 'epoch' && event.by !== 'administrator' && Number.isSafeInteger(Number(event.value)),
  );
  return made.flatMap(({ place, event: { value } }) => (value === null ? [] : [[place, Number(value)] as const]));
}

function ofStates(document: DocumentHistory): Proof[] {
  return document.states.flatMap(({ value, place }) => proof(document.writeOf(value), place));
}

/** What clients found, and what was acknowledged to them. */
function ofClients(document: DocumentHistory): Proof[] {
  const found = document.reads.flatMap(({ found, end }) => proof(document.writeOf(found), end));
  const written = document.writes.filter(({ operation }) => operation.outcome === 'ok');
  return [...found, ...written.flatMap((write) => proof(write, write.operation.end))];
}

function proof(write: Write | undefined, place: number): Proof[] {
  return write?.token === undefined ? [] : [[place, write.token]];
}
