import {
  assertTtl,
  assertTxn,
  type CallOptions,
  type Commit,
  DcsError,
  type Limits,
  type Session,
  type Snapshot,
  type Store,
  type Txn,
  type WatchOptions,
  type Write,
} from '@tenure/core';
import type { Connection, Line } from './line.ts';
import type { SimProcess } from './process.ts';
import type { SimServer } from './server.ts';
import { SimWatch } from './watch.ts';

const NAME = 'simulated';
const DEFAULT_TIMEOUT = 10_000;

/** The session that a `SimStore` gave out, and the one of the server's own store. */
const behind = new WeakMap<Session, Session>();

/**
 * A client of a simulated server. It keeps the contract of `Store` as an adapter does that breaks its connection off when a
 * call is given up: what was under way then may still arrive, and nothing is sent later.
 */
export class SimStore implements Store {
  readonly name = NAME;
  readonly limits: Limits;
  readonly clock: SimProcess;
  readonly #server: SimServer;
  readonly #line: Line;
  readonly #closing = new AbortController();
  /** Ends each call that is under way. */
  readonly #pending = new Set<() => void>();

  constructor(server: SimServer, line: Line, process: SimProcess) {
    this.limits = server.store.limits;
    this.clock = process;
    this.#server = server;
    this.#line = line;
  }

  async read(prefix: string, options?: CallOptions): Promise<Snapshot> {
    const asOf = this.clock.now();
    const { entries } = await this.#call(false, async () => ({ entries: this.#server.read(prefix) }), options);
    return { entries, asOf, stale: false };
  }

  async commit(txn: Txn, options?: CallOptions): Promise<Commit | undefined> {
    assertTxn(txn, this.limits);
    return await this.#call(
      txn.writes.length > 0,
      (store) => this.#committed(txn, (meant) => store.commit(meant)),
      options,
    );
  }

  watch(prefix: string, options: WatchOptions = {}): AsyncIterable<Snapshot> {
    return new SimWatch(this.#server, this.#line, this.clock, prefix, options, this.#closing.signal).feed;
  }

  guaranteed(ttl: number): number {
    return this.#server.store.guaranteed(ttl);
  }

  async openSession(ttl: number, options?: CallOptions): Promise<Session> {
    assertTtl(ttl, this.limits, this.name);
    const opened = async (store: Store) => {
      const session = await store.openSession(ttl);
      this.#server.opened(session.id, ttl, this.clock.name);
      return session;
    };
    const inner = await this.#call(false, opened, options);
    const session: Session = {
      id: inner.id,
      ttl: inner.ttl,
      guaranteed: inner.guaranteed,
      renew: async (txn, how) => {
        if (txn !== undefined) assertTxn(txn, this.limits);
        const writes = txn !== undefined && txn.writes.length > 0;
        const renewed = async () => {
          const commit = txn ? await this.#committed(txn, (meant) => inner.renew(meant)) : await inner.renew();
          this.#server.expects(inner.id, ttl);
          return commit;
        };
        return await this.#call(writes, renewed, how);
      },
      end: async (how) => await this.#call(false, () => inner.end(), how),
      [Symbol.asyncDispose]: () => session.end(),
    };
    behind.set(session, inner);
    return session;
  }

  async close(): Promise<void> {
    this.#closing.abort(this.#error('CLOSED', 'the store is closed', false));
    for (const close of this.#pending) close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #call<T>(writes: boolean, work: (store: Store) => Promise<T>, options: CallOptions = {}): Promise<T> {
    const { signal, timeout = DEFAULT_TIMEOUT } = options;
    const closing = this.#closing.signal;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      if (closing.aborted) return reject(closing.reason);
      const line = this.#line;
      const over = () => {
        line.close(connection);
        cancel();
        signal?.removeEventListener('abort', abort);
        this.#pending.delete(close);
      };
      const fail = (error: unknown) => {
        over();
        reject(error);
      };
      const unknown = (why: string) => fail(this.#error('UNAVAILABLE', why, writes));
      const connection: Connection = { broken: () => unknown('connection reset') };
      const cancel = this.clock.timer(timeout, () => unknown(`no answer within ${timeout} ms`));
      const abort = () => fail(signal?.reason);
      const close = () => fail(this.#error('CLOSED', 'the store is closed', writes));
      signal?.addEventListener('abort', abort, { once: true });
      this.#pending.add(close);
      line.open(connection);
      const refuse = () => fail(this.#error('UNAVAILABLE', 'connection refused', false));
      if (line.refused) {
        line.home(connection, 0, refuse);
        return;
      }
      const answer = (settle: () => void) => {
        line.home(connection, 0, () => {
          over();
          settle();
        });
      };
      const serve = () => {
        this.#server.serve(work).then(
          (value) => answer(() => resolve(value)),
          (error: unknown) => answer(() => reject(error)),
        );
      };
      line.out(connection, () => {
        if (this.#server.down) line.home(connection, 0, refuse);
        else this.#server.process.hear(serve);
      });
    });
  }

  /** What a client's txn means on the server when it arrives there. */
  async #committed(txn: Txn, commit: (meant: Txn) => Promise<Commit | undefined>): Promise<Commit | undefined> {
    const { versions } = this.#server;
    const done = await commit({ guards: versions.guards(txn.guards), writes: plain(txn.writes) });
    return done && versions.commit(done);
  }

  #error(code: 'UNAVAILABLE' | 'CLOSED', why: string, maybeApplied: boolean): DcsError {
    return new DcsError(code, `${this.name}: ${why}`, { store: this.name, maybeApplied });
  }
}

function plain(writes: readonly Write[]): Write[] {
  return writes.map((write) => {
    if (write.type !== 'put' || write.session === undefined) return write;
    return { ...write, session: behind.get(write.session) ?? write.session };
  });
}
