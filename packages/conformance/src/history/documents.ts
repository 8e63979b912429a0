import { DocumentHistory, type DocumentState, type Sighting } from './document.ts';
import type { StateEvent, Value, ViewEvent } from './event.ts';
import type { Placed } from './history.ts';
import { listOf } from './lists.ts';
import type { Operation } from './operation.ts';

/** The documents that clients read or wrote, each with all that was seen of it. */
export function documentsOf(
  operations: readonly Operation[],
  states: readonly Placed<StateEvent>[],
  views: Iterable<readonly Placed<ViewEvent>[]>,
): DocumentHistory[] {
  const byDocument = new Map<string, Operation[]>();
  for (const operation of operations) listOf(byDocument, operation.call.document).push(operation);
  const statesOf = new Map<string, DocumentState[]>();
  for (const { place, event } of states) {
    const { key, value, at, by } = event;
    if (!byDocument.has(key)) continue;
    const known = listOf(statesOf, key);
    if (known.at(-1)?.value === value) continue;
    known.push({ value, place, at, by: 'the server', administrator: by === 'administrator' });
  }
  const viewsOf = new Map<string, Sighting[]>();
  for (const watch of views) {
    const last = new Map<string, Value>();
    for (const { place, event } of watch) {
      for (const document of byDocument.keys()) {
        const value = event.documents[document];
        if (value === undefined || last.get(document) === value) continue;
        last.set(document, value);
        listOf(viewsOf, document).push({ value, place, at: event.at, by: `a view of ${event.client}` });
      }
    }
  }
  return [...byDocument].map(
    ([name, of]) => new DocumentHistory(name, of, statesOf.get(name) ?? [], viewsOf.get(name) ?? []),
  );
}
