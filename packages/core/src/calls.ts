import pRetry from 'p-retry';
import type { Deadline } from './deadline.ts';
import { type OperationEvent, outcomeOf, publishOperation } from './diagnostics.ts';
import { DcsError } from './errors.ts';
import type { CallOptions, Commit, Session, Snapshot, Store, Txn } from './store.ts';

/** First and longest pause between two tries, milliseconds. */
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 1000;

/** The store as core calls it: one deadline for all steps, retries for what is safe to repeat, one event a call. */
export class Calls {
  readonly #store: Store;
  readonly #scope: string;

  constructor(store: Store, scope: string) {
    this.#store = store;
    this.#scope = scope;
  }

  /** Retried until the deadline: a read changes nothing. */
  async read(prefix: string, deadline: Deadline): Promise<Snapshot> {
    return await this.#retried('read', deadline, (options) => this.#store.read(prefix, options));
  }

  /** Retried until the deadline: a session that nobody got to know holds no key and expires. */
  async open(ttl: number, deadline: Deadline): Promise<Session> {
    return await this.#retried('open', deadline, (options) => this.#store.openSession(ttl, options));
  }

  /** One attempt: a write whose outcome is unknown is never repeated. */
  async commit(txn: Txn, deadline: Deadline): Promise<Commit | undefined> {
    return await this.#once('commit', deadline, 1, true, (options) => this.#store.commit(txn, options));
  }

  /** One attempt, for the same reason. */
  async renew(session: Session, txn: Txn | undefined, deadline: Deadline): Promise<Commit | undefined> {
    return await this.#once('renew', deadline, 1, txn !== undefined, (options) => session.renew(txn, options));
  }

  async end(session: Session, deadline: Deadline): Promise<void> {
    await this.#once('end', deadline, 1, false, (options) => session.end(options));
  }

  /** The pauses are slept on the store's clock, so that a virtual clock rules them too. */
  async #retried<T>(
    operation: OperationEvent['operation'],
    deadline: Deadline,
    call: (options: CallOptions) => Promise<T>,
  ): Promise<T> {
    return await pRetry((attempt) => this.#once(operation, deadline, attempt, false, call), {
      retries: Number.POSITIVE_INFINITY,
      minTimeout: 0,
      ...(deadline.signal === undefined ? {} : { signal: deadline.signal }),
      shouldRetry: ({ error }) => DcsError.is(error, 'UNAVAILABLE'),
      onFailedAttempt: async ({ error, attemptNumber }) => {
        if (!DcsError.is(error, 'UNAVAILABLE')) return;
        const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (attemptNumber - 1)) * (0.5 + Math.random() / 2);
        // The last failure tells more than that the time is up.
        if (pause >= deadline.remaining) throw error;
        await deadline.sleep(pause);
      },
    });
  }

  async #once<T>(
    operation: OperationEvent['operation'],
    deadline: Deadline,
    attempt: number,
    refusable: boolean,
    call: (options: CallOptions) => Promise<T>,
  ): Promise<T> {
    const options = deadline.options(this.#store.name);
    const start = this.#store.clock.now();
    const tell = (outcome: OperationEvent['outcome'], maybeApplied: boolean) =>
      publishOperation(() => ({
        store: this.#store.name,
        scope: this.#scope,
        operation,
        outcome,
        maybeApplied,
        duration: this.#store.clock.now() - start,
        attempt,
      }));
    try {
      const result = await call(options);
      tell(refusable && result === undefined ? 'refused' : 'ok', false);
      return result;
    } catch (error) {
      tell(outcomeOf(error), DcsError.is(error) && error.maybeApplied);
      throw error;
    }
  }
}
