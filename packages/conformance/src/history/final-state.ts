import type { DocumentHistory } from './document.ts';
import type { Value } from './event.ts';
import type { History } from './history.ts';

/** What the document surely was somewhere between two places, of which `end` is that of the history. */
export interface FinalState {
  readonly value: Value;
  readonly place: number;
  readonly end: number;
}

/**
 * The state that the witness saw last, taken for a read in the last `staleAfter` of the history: had it been replaced before, the
 * witness would have heard of it. `undefined` when the history tells no state of this document.
 */
export function finalState({ states }: DocumentHistory, history: History): FinalState | undefined {
  const last = states.at(-1);
  if (last === undefined) return undefined;
  return {
    value: last.value,
    place: history.placeAt(history.end - history.run.staleAfter),
    end: history.events.length,
  };
}
