import type { DocumentHistory } from './document.ts';
import type { Value } from './event.ts';
import type { FinalState } from './final-state.ts';
import { listOf } from './lists.ts';
import type { Operation } from './operation.ts';

/** The state after a write whose value nobody ever saw or named: no read and no guard can match it. */
export const UNSEEN = -1;
/** The document is absent. */
export const ABSENT = 0;

/** One step that surely was taken, between two places of the history. Values are numbers. */
export interface Step {
  readonly begin: number;
  readonly end: number;
  readonly type: 'read' | 'write' | 'refusal';
  /** What a read found, or a write left. */
  readonly value: number;
  /** What a guarded write landed on, or a refused one did not find; `undefined` for a write that lands on anything. */
  readonly after?: number | undefined;
  /** For messages. */
  readonly operation: Operation | undefined;
}

/** The history of one document as that of a register with guarded writes: what the search for an order works on. */
export interface Register {
  readonly steps: readonly Step[];
  /**
   * Writes of unknown outcome that nobody saw: each may have been taken once, at any place after its own, and shows only in a
   * refusal. Those of one guard are alike; so only their places are told, in order, by guard (`undefined`: none).
   */
  readonly spare: ReadonlyMap<number | undefined, readonly number[]>;
  /** The document may be absent again after a value. */
  readonly emptied: boolean;
}

/** What everybody did to a document, and its final state as one read more. */
export function registerOf(document: DocumentHistory, final: FinalState | undefined): Register {
  const { reads, writes, refusals } = document;
  const numbers = new Map<Value, number>([[null, ABSENT]]);
  const name = (value: Value): number => {
    const known = numbers.get(value) ?? numbers.size;
    numbers.set(value, known);
    return known;
  };
  const steps: Step[] = [];
  for (const operation of reads) steps.push({ ...of(operation), type: 'read', value: name(operation.found ?? null) });
  if (final !== undefined)
    steps.push({ begin: final.place, end: final.end, type: 'read', value: name(final.value), operation: undefined });
  for (const operation of refusals) {
    const { call } = operation;
    // A refused write under a term may have met the fence: it says nothing of the document.
    if (call.operation !== 'write' || call.after === undefined || call.token !== undefined) continue;
    steps.push({ ...of(operation), type: 'refusal', value: UNSEEN, after: name(call.after) });
  }
  const done = writes.filter(({ landed }) => landed < Number.POSITIVE_INFINITY);
  for (const { after } of done) if (after !== undefined) name(after);
  for (const { value, after, landed, operation } of done) {
    const { begin, end } = of(operation);
    steps.push({
      ...{ begin, end: landed < begin ? end : landed, operation },
      ...{ type: 'write', value: numbers.get(value) ?? UNSEEN },
      after: after === undefined ? undefined : name(after),
    });
  }
  for (const { value, begin, place } of byAdministrators(document))
    steps.push({ begin, end: place, type: 'write', value: numbers.get(value) ?? UNSEEN, operation: undefined });
  const spare = new Map<number | undefined, number[]>();
  for (const { after, landed, operation } of writes) {
    if (landed < Number.POSITIVE_INFINITY || operation.outcome !== 'unknown') continue;
    const guard = after === undefined ? undefined : numbers.get(after);
    if (after === undefined || guard !== undefined) listOf(spare, guard).push(operation.begin);
  }
  return { steps, spare, emptied: document.emptied };
}

function of(operation: Operation): Pick<Step, 'begin' | 'end' | 'operation'> {
  return { begin: operation.begin, end: operation.end, operation };
}

/**
 * A witness may see a change late, but it sees changes in their order: what an administrator wrote came after the call of the write
 * that the witness saw before it.
 */
function* byAdministrators(document: DocumentHistory) {
  let begin = -1;
  for (const { value, place, administrator } of document.states) {
    const write = document.writeOf(value);
    if (administrator && write === undefined) yield { value, begin, place };
    else begin = Math.max(begin, write?.operation.begin ?? begin);
  }
}
