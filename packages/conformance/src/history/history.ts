import type { DocumentHistory } from './document.ts';
import { documentsOf } from './documents.ts';
import type { FaultEvent, HistoryEvent, PauseEvent, RunEvent, StateEvent, UncaughtEvent, ViewEvent } from './event.ts';
import { listOf } from './lists.ts';
import { Operations } from './operation.ts';
import { Terms } from './term.ts';

/** An event and its place: of two events the one with the lower place came first, also when both have the same time. */
export interface Placed<E> {
  readonly place: number;
  readonly event: E;
}

/** The index over the events of one run that all checkers read, built once. */
export class History {
  readonly run: RunEvent;
  readonly events: readonly HistoryEvent[];
  readonly operations: Operations;
  readonly terms: Terms;
  readonly states: readonly Placed<StateEvent>[];
  /** By watch. */
  readonly views: ReadonlyMap<string, readonly Placed<ViewEvent>[]>;
  readonly faults: readonly FaultEvent[];
  readonly pauses: readonly PauseEvent[];
  readonly uncaught: readonly UncaughtEvent[];
  readonly documents: readonly DocumentHistory[];

  /** @throws Error when the recorder broke its word: the events are out of order, a call is told twice, a value is not unique, … */
  constructor(events: readonly HistoryEvent[]) {
    const [run] = events;
    if (run?.type !== 'run') throw new Error('a history begins with its run event');
    const states: Placed<StateEvent>[] = [];
    const views = new Map<string, Placed<ViewEvent>[]>();
    const faults: FaultEvent[] = [];
    const pauses: PauseEvent[] = [];
    const uncaught: UncaughtEvent[] = [];
    const operations = new Operations();
    const terms = new Terms();
    let now = run.at;
    for (const [place, event] of events.entries()) {
      if (!(event.at >= now)) throw new Error(`event ${place} is out of order: it is of ${event.at}, after ${now} ms`);
      now = event.at;
      if (event.type === 'call') operations.call(event, place);
      else if (event.type === 'return') operations.return(event, place);
      else if (event.type === 'term') terms.told(event, place);
      else if (event.type === 'act') terms.acted(event);
      else if (event.type === 'state') states.push({ place, event });
      else if (event.type === 'view') listOf(views, event.watch).push({ place, event });
      else if (event.type === 'fault') faults.push(event);
      else if (event.type === 'pause') pauses.push(event);
      else if (event.type === 'uncaught') uncaught.push(event);
      else if (place > 0) throw new Error(`event ${place} begins another run`);
    }
    this.run = run;
    this.events = events;
    this.operations = operations;
    this.terms = terms;
    this.states = states;
    this.views = views;
    this.faults = faults;
    this.pauses = pauses;
    this.uncaught = uncaught;
    this.documents = documentsOf(operations.all, states, views.values());
  }

  /** The time of the last event. */
  get end(): number {
    return this.events.at(-1)?.at ?? this.run.at;
  }

  /** The place of the first event that is not before this time. */
  placeAt(time: number): number {
    let [low, high] = [0, this.events.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.events[middle]?.at ?? time) < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
