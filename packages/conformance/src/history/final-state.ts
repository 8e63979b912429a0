import type { DocumentHistory } from './document.ts';
import type { Value } from './event.ts';
import type { History } from './history.ts';

/** What the document surely was at one place at least from `place` to `end`, the end of the history. */
export interface FinalState {
  readonly value: Value;
  readonly place: number;
  readonly end: number;
}

/**
 * The state that the witness saw last, taken for a read at the end of the history: a witness on a sound connection hears of every
 * change within `staleAfter`. `undefined` when it told no state of this document.
 */
export function finalState(document: DocumentHistory, history: History): FinalState | undefined {
  const last = document.states.at(-1);
  if (last === undefined) return undefined;
  const { staleAfter } = history.run;
  const settled = history.end - staleAfter;
  const since = last.at <= settled ? settled : last.at - staleAfter;
  return { value: last.value, place: history.placeAt(since), end: history.events.length };
}
