import type { CallEvent, ReturnEvent, Value } from './event.ts';

/** A call, and what came of it once its return is known. `begin` and `end` are places in the history. */
export interface Operation {
  readonly call: CallEvent;
  readonly begin: number;
  /** Infinity while it has not returned. */
  end: number;
  endedAt: number;
  outcome: ReturnEvent['outcome'];
  /** What a read found that was answered. */
  found: Value | undefined;
  error: string | undefined;
}

/** The calls of a history, each paired with its return. */
export class Operations {
  /** In the order of their calls. */
  readonly all: Operation[] = [];
  readonly #byId = new Map<number, Operation>();
  readonly #values = new Set<string>();

  call(call: CallEvent, place: number): void {
    if (this.#byId.has(call.id)) throw new Error(`the call ${call.id} is told twice`);
    if (call.operation === 'write') {
      const unique = `${call.document}\n${call.value}`;
      if (this.#values.has(unique)) throw new Error(`two calls write ${call.value} to ${call.document}`);
      this.#values.add(unique);
    }
    const operation: Operation = {
      call,
      begin: place,
      end: Number.POSITIVE_INFINITY,
      endedAt: Number.POSITIVE_INFINITY,
      outcome: 'unknown',
      found: undefined,
      error: undefined,
    };
    this.all.push(operation);
    this.#byId.set(call.id, operation);
  }

  return({ at, id, outcome, value, error }: ReturnEvent, place: number): void {
    const operation = this.#byId.get(id);
    if (operation === undefined) throw new Error(`a return of ${id}, which was not called`);
    if (operation.end < place) throw new Error(`the call ${id} returned twice`);
    if (operation.call.operation === 'read' && outcome === 'ok' && value === undefined)
      throw new Error(`the read ${id} was answered without a value`);
    operation.end = place;
    operation.endedAt = at;
    operation.outcome = outcome;
    operation.found = value;
    operation.error = error;
  }

  get unknown(): number {
    return this.all.filter(({ outcome }) => outcome === 'unknown').length;
  }
}
