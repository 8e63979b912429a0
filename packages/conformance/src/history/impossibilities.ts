import type { DocumentHistory, Sighting } from './document.ts';
import type { Value } from './event.ts';
import type { Violation } from './report.ts';

type Impossible = Pick<Violation, 'at' | 'message'>;

/** What no search is needed for: what was seen although it never was there, not yet, or not any more. */
export function impossibilities(document: DocumentHistory): readonly Impossible[] {
  return [...unwritten(document), ...undone(document), ...replaced(document), ...unguarded(document)];
}

function* unwritten(document: DocumentHistory): Generator<Impossible> {
  const told = new Set<Value>([null]);
  for (const { value, administrator } of document.states) if (administrator) told.add(value);
  for (const sighting of document.sightings) {
    const { value, at, by } = sighting;
    const why = told.has(value) ? undefined : whyNot(sighting, document);
    if (why === undefined) continue;
    told.add(value);
    yield { at, message: `${by} shows ${value}, which ${why}` };
  }
}

function whyNot({ value, place }: Sighting, document: DocumentHistory): string | undefined {
  const operation = document.writeOf(value)?.operation;
  if (operation === undefined) return 'nobody wrote';
  if (operation.outcome === 'refused') return 'was refused';
  if (operation.outcome === 'failed') return 'surely was not written';
  return place < operation.begin ? 'was not written yet' : undefined;
}

/** The server's states never come back, and none vanishes unless an administrator deletes it. */
function* undone({ states }: DocumentHistory): Generator<Impossible> {
  const gone = new Set<Value>();
  let current: Value = null;
  for (const { value, at, administrator } of states) {
    if (value === null && !administrator && current !== null)
      yield { at, message: `${current} vanished from the server` };
    if (value !== null && gone.has(value)) yield { at, message: `${value} came back on the server` };
    gone.add(current);
    current = value;
  }
}

/** What the server's states show to be replaced is not found by a read that began later. */
function* replaced({ states, reads, emptied }: DocumentHistory): Generator<Impossible> {
  const gone = new Map<Value, number>();
  let current: Value = null;
  for (const { value, place } of states) {
    if (value !== current && !gone.has(current)) gone.set(current, place);
    current = value;
  }
  if (emptied) gone.delete(null);
  for (const { call, begin, found = null, endedAt } of reads)
    if ((gone.get(found) ?? begin) < begin)
      yield { at: endedAt, message: `the read ${call.id} of ${call.client} found ${found}, which had been replaced` };
}

function* unguarded({ refusals }: DocumentHistory): Generator<Impossible> {
  for (const { call, endedAt } of refusals)
    if (call.operation === 'write' && call.after === undefined && call.token === undefined)
      yield { at: endedAt, message: `the write ${call.id} of ${call.client} was refused without a guard` };
}
