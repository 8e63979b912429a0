import type { HistoryEvent } from '../history/event.ts';
import type { World } from './world.ts';

type Untimed<E> = E extends unknown ? Omit<E, 'at'> : never;

/** The history as it comes about: what is recorded happens now. */
export class Recorder {
  readonly events: HistoryEvent[] = [];
  readonly #world: World;
  #calls = 0;
  #values = 0;

  constructor(world: World) {
    this.#world = world;
  }

  get now(): number {
    return this.#world.now;
  }

  record(event: Untimed<HistoryEvent>): void {
    this.events.push({ at: this.#world.now, ...event } as HistoryEvent);
  }

  /** The id of a new operation. */
  call(): number {
    this.#calls += 1;
    return this.#calls;
  }

  /** A number that no value of this history holds yet. */
  value(): number {
    this.#values += 1;
    return this.#values;
  }
}
