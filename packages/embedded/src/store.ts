import {
  assertTtl,
  assertTxn,
  type CallOptions,
  type Clock,
  type Commit,
  DcsError,
  type Limits,
  type Session,
  type Snapshot,
  type Store,
  type Txn,
  type WatchOptions,
} from '@tenure/core';
import { type Backend, Busy, type Late } from './backend.ts';
import { closed, NAME } from './errors.ts';
import { Lookout } from './lookout.ts';
import { EmbeddedSession, guaranteedOf, type SessionHost } from './session.ts';

const DEFAULT_TIMEOUT = 10_000;
const LIMITS: Limits = Object.freeze({
  minTtl: 100,
  maxTtl: 24 * 60 * 60 * 1000,
  maxValueBytes: 1024 * 1024,
  maxCommitOps: 128,
});
const NOTHING: Txn = { guards: [], writes: [] };
/** Milliseconds between attempts while another process holds the lock: doubled each time, and each one jittered. */
const SHORTEST_PAUSE = 1;
const LONGEST_PAUSE = 20;

/** The Store over any backend: deadlines, aborts, closing, and the checks of arguments. */
export class EmbeddedStore implements Store {
  readonly name = NAME;
  readonly limits = LIMITS;
  readonly guaranteed = guaranteedOf;
  readonly clock: Clock;
  readonly #backend: Backend;
  readonly #closing = new AbortController();
  readonly #sessions = new WeakSet<Session>();
  readonly #lookout: Lookout;
  readonly #host: SessionHost;

  constructor(backend: Backend, clock: Clock) {
    this.clock = clock;
    this.#backend = backend;
    this.#lookout = new Lookout(backend, clock);
    const isClosed = () => this.#closing.signal.aborted;
    this.#host = {
      get closed() {
        return isClosed();
      },
      renew: async (id, txn = NOTHING, options = {}) =>
        await this.#call(options, (late) => this.#backend.commit(txn, late, id), txn),
      end: async (id, options = {}) => await this.#call(options, (late) => this.#backend.endSession(id, late)),
    };
  }

  async read(prefix: string, options: CallOptions = {}): Promise<Snapshot> {
    return await this.#call(options, () => {
      const asOf = this.clock.now();
      return { entries: this.#backend.read(prefix), asOf, stale: false };
    });
  }

  async commit(txn: Txn, options: CallOptions = {}): Promise<Commit | undefined> {
    return await this.#call(options, (late) => this.#backend.commit(txn, late), txn);
  }

  watch(prefix: string, options: WatchOptions = {}): AsyncIterable<Snapshot> {
    return {
      [Symbol.asyncIterator]: () => {
        const feed = this.#lookout.watch(prefix, options);
        if (this.#closing.signal.aborted) feed.fail(this.#closing.signal.reason);
        return feed;
      },
    };
  }

  async openSession(ttl: number, options: CallOptions = {}): Promise<Session> {
    return await this.#call(options, (late) => {
      assertTtl(ttl, LIMITS, NAME);
      const session = new EmbeddedSession(this.#backend.openSession(ttl, late), ttl, this.#host);
      this.#sessions.add(session);
      return session;
    });
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort(closed());
    this.#lookout.close(this.#closing.signal.reason);
    this.#backend.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Attempts until the backend is not busy, the deadline passes, the caller aborts or the store closes. */
  async #call<T>(options: CallOptions, attempt: (late: Late) => T, txn?: Txn): Promise<T> {
    const { signal, timeout = DEFAULT_TIMEOUT } = options;
    const deadline = this.clock.now() + timeout;
    if (signal?.aborted) throw signal.reason;
    if (this.#closing.signal.aborted) throw this.#closing.signal.reason;
    if (!(timeout >= 0)) throw new RangeError(`timeout: ${timeout} is not a number of milliseconds from 0 up`);
    if (txn !== undefined) this.#assertTxn(txn);
    const late = () => this.clock.now() >= deadline;
    let stop: AbortSignal | undefined;
    for (let pause = SHORTEST_PAUSE; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
      if (late())
        throw new DcsError('UNAVAILABLE', `not done within ${timeout} ms: the store is busy`, { store: NAME });
      try {
        return attempt(late);
      } catch (error) {
        if (!(error instanceof Busy)) throw error;
      }
      stop ??= signal === undefined ? this.#closing.signal : AbortSignal.any([signal, this.#closing.signal]);
      const wait = pause * (0.5 + Math.random());
      await this.clock.sleep(Math.max(0, Math.min(wait, deadline - this.clock.now())), stop);
    }
  }

  #assertTxn(txn: Txn): void {
    assertTxn(txn, LIMITS);
    for (const write of txn.writes) {
      if (write.type === 'put' && write.session !== undefined && !this.#sessions.has(write.session)) {
        throw new TypeError(`txn: ${write.key} is put with a session that this store did not open`);
      }
    }
  }
}
