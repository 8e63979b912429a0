import type { CallEvent, ReturnEvent, Value } from '@tenure/conformance';
import { DcsError } from '@tenure/core';
import { hostNow } from '../../clients/host-now.ts';
import type { Journal } from './journal.ts';

/** Operations of one process, no more than these. */
const MOST = 10_000_000;

type Write = { readonly value: string; readonly after?: Value; readonly token?: number };

/** The operations of one client, called and returned in its history. */
export class Operations {
  readonly #journal: Journal;
  readonly #client: string;
  #id: number;

  constructor(journal: Journal, client: string, life: number) {
    this.#journal = journal;
    this.#client = client;
    this.#id = life * MOST;
  }

  /** `found` tells the value of what `work` gave. */
  async read<T>(document: string, work: () => Promise<T>, found: (result: T) => Value): Promise<T | undefined> {
    const id = this.#call({ document, operation: 'read' });
    return await this.#settle(id, work, (result) => ({ outcome: 'ok', value: found(result) }));
  }

  /** `work` gives `undefined` when a guard did not hold. */
  async write<T>(document: string, write: Write, work: () => Promise<T | undefined>): Promise<void> {
    const id = this.#call({ document, operation: 'write', ...write });
    await this.#settle(id, work, (result) => ({ outcome: result === undefined ? 'refused' : 'ok' }));
  }

  /** A write of which `work` tells no more than whether all that it did besides went well too. */
  async attempt(document: string, write: Write, work: () => Promise<void>): Promise<void> {
    const id = this.#call({ document, operation: 'write', ...write });
    const failed = { outcome: 'unknown' } as const;
    await this.#settle(id, work, () => ({ outcome: 'ok' }), failed);
  }

  #call(
    event:
      | { readonly document: string; readonly operation: 'read' }
      | ({ readonly document: string; readonly operation: 'write' } & Write),
  ): number {
    this.#id += 1;
    const call: CallEvent = { at: hostNow(), type: 'call', client: this.#client, id: this.#id, ...event };
    this.#journal.append(call);
    return this.#id;
  }

  async #settle<T>(
    id: number,
    work: () => Promise<T>,
    outcome: (result: T) => Pick<ReturnEvent, 'outcome' | 'value'>,
    failed: { readonly outcome?: ReturnEvent['outcome'] } = {},
  ): Promise<T | undefined> {
    const tell = (rest: Pick<ReturnEvent, 'outcome' | 'value' | 'error'>) =>
      this.#journal.append({ at: hostNow(), type: 'return', id, ...rest });
    try {
      const result = await work();
      tell(outcome(result));
      return result;
    } catch (error) {
      if (!DcsError.is(error)) throw error;
      const refused = error.code === 'LEASE_LOST' ? 'refused' : 'failed';
      tell({ outcome: error.maybeApplied ? 'unknown' : refused, error: error.code, ...failed });
      return undefined;
    }
  }
}
