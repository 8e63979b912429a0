import type { Value } from './event.ts';
import type { Operation } from './operation.ts';

/** A write that was called. `end` is the place of its acknowledgement: Infinity when there was none. */
export interface Write {
  readonly value: string;
  /** `undefined`: it lands on any value. */
  readonly after: Value | undefined;
  readonly token: number | undefined;
  readonly operation: Operation;
  /** The place by which it had surely taken effect; Infinity when nothing proves that it ever did. */
  landed: number;
}

/** What somebody saw in the document. */
export interface Sighting {
  readonly value: Value;
  readonly place: number;
  readonly at: number;
  /** Who saw it, for messages. */
  readonly by: string;
}

/** A change of the document on the server, as its witness told it. */
export interface DocumentState extends Sighting {
  readonly administrator: boolean;
}

/** What happened to one document. */
export class DocumentHistory {
  readonly name: string;
  /** In the order of their calls. */
  readonly writes: readonly Write[];
  /** Those that were answered, in the order of their calls. */
  readonly reads: readonly Operation[];
  /** Writes that were refused, in the order of their calls. */
  readonly refusals: readonly Operation[];
  readonly states: readonly DocumentState[];
  /** Reads that were answered, states, and views. */
  readonly sightings: readonly Sighting[];
  /** An administrator deleted the document: it may be absent again after a value. */
  readonly emptied: boolean;
  readonly #byValue: ReadonlyMap<string, Write>;

  constructor(
    name: string,
    operations: readonly Operation[],
    states: readonly DocumentState[],
    views: readonly Sighting[],
  ) {
    const writes: Write[] = [];
    const reads: Operation[] = [];
    const refusals: Operation[] = [];
    for (const operation of operations) {
      const { call, outcome } = operation;
      if (call.operation === 'write') {
        const { value, after, token } = call;
        const landed = outcome === 'ok' ? operation.end : Number.POSITIVE_INFINITY;
        writes.push({ value, after, token, operation, landed });
        if (outcome === 'refused') refusals.push(operation);
      } else if (outcome === 'ok') reads.push(operation);
    }
    this.name = name;
    this.writes = writes;
    this.reads = reads;
    this.refusals = refusals;
    this.states = states;
    this.emptied = states.some(({ administrator, value }) => administrator && value === null);
    this.sightings = [...reads.map(sightingOf), ...states, ...views];
    this.#byValue = new Map(writes.map((write) => [write.value, write]));
    this.#prove();
  }

  /** The write that made this value; `undefined` for `null` and for what no client wrote. */
  writeOf(value: Value | undefined): Write | undefined {
    return value === null || value === undefined ? undefined : this.#byValue.get(value);
  }

  /** What was seen, or was built on by a guarded write that took effect, had taken effect itself, if it can have. */
  #prove(): void {
    for (const { value, place } of this.sightings) this.#landed(value, place);
    for (const { after, landed } of this.writes) this.#landed(after, landed);
  }

  #landed(value: Value | undefined, place: number): void {
    let write = this.writeOf(value);
    while (write !== undefined && possible(write) && place < write.landed) {
      write.landed = place;
      write = this.writeOf(write.after);
    }
  }
}

function possible({ operation: { outcome } }: Write): boolean {
  return outcome === 'ok' || outcome === 'unknown';
}

function sightingOf({ call, end, endedAt, found = null }: Operation): Sighting {
  return { value: found, place: end, at: endedAt, by: `the read ${call.id} of ${call.client}` };
}
