import {
  assertTtl,
  assertTxn,
  Bounds,
  type CallOptions,
  type Commit,
  DcsError,
  type Entry,
  type Limits,
  type Session,
  type Snapshot,
  type Store,
  supplied,
  systemClock,
  type Txn,
  type Version,
  type WatchOptions,
} from '@tenure/core';
import type { Item, Request, ShelfServer } from './server.ts';

const NAME = 'shelf';
const LIMITS: Limits = { minTtl: 500, maxTtl: 3_600_000, maxValueBytes: 1_000_000, maxCommitOps: 100 };
const NOTHING: Txn = { guards: [], writes: [] };

/** How often within `staleAfter` an idle watch says that its state is still the state. */
const CONFIRMATIONS = 3;

/**
 * An adapter: the seven operations of the contract, and not one idea of leases, documents or members, which core builds on them. Each call
 * looks at its signal, its deadline and the store's end before it sends; this server then answers at once. One that is a network
 * away keeps a call within `Bounds.keep`.
 */
export class ShelfStore implements Store {
  readonly name = NAME;
  readonly limits = LIMITS;
  readonly clock = systemClock;
  readonly #server: ShelfServer;
  readonly #closing = new AbortController();

  constructor(server: ShelfServer) {
    this.#server = server;
  }

  /** The server counts a ttl from when a renewal arrives, which is never before it was sent. */
  guaranteed(ttl: number): number {
    return ttl;
  }

  async read(prefix: string, options: CallOptions = {}): Promise<Snapshot> {
    this.#begin(options);
    return this.#look(prefix);
  }

  async commit(txn: Txn, options: CallOptions = {}): Promise<Commit | undefined> {
    this.#begin(options);
    return this.#commit(txn);
  }

  watch(prefix: string, options: WatchOptions = {}): AsyncIterable<Snapshot> {
    return supplied(this.clock, options, this.#closing.signal, async (feed, staleAfter, stop) => {
      const show = () => {
        const { entries, asOf } = this.#look(prefix);
        feed.push(entries, asOf);
      };
      let last = this.#fingerprint(prefix);
      show();
      const unwatch = this.#server.watch(() => {
        const next = this.#fingerprint(prefix);
        if (next === last) return;
        last = next;
        show();
      });
      const confirming = setInterval(() => feed.confirm(this.clock.now()), staleAfter / CONFIRMATIONS).unref();
      stop.addEventListener('abort', () => {
        unwatch();
        clearInterval(confirming);
      });
    });
  }

  async openSession(ttl: number, options: CallOptions = {}): Promise<Session> {
    this.#begin(options);
    assertTtl(ttl, LIMITS, NAME);
    const id = this.#server.open(ttl);
    const end = async (options: CallOptions = {}) => {
      this.#begin(options);
      this.#server.end(id);
    };
    return {
      id,
      ttl,
      guaranteed: this.guaranteed(ttl),
      renew: async (txn = NOTHING, options = {}) => {
        this.#begin(options);
        assertTxn(txn, LIMITS);
        if (!this.#server.renew(id)) throw gone(id);
        return this.#commit(txn);
      },
      end,
      // A store that was closed before leaves the session to expire.
      [Symbol.asyncDispose]: async () => {
        if (!this.#closing.signal.aborted) await end();
      },
    };
  }

  async close(): Promise<void> {
    this.#closing.abort(new DcsError('CLOSED', `${NAME}: this store was closed`, { store: NAME }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** @throws RangeError for the timeout; the reason of a signal that has aborted; CLOSED: nothing is sent then */
  #begin(options: CallOptions): void {
    new Bounds(this.clock, this.#closing.signal, options);
  }

  /** The moment is read before the state: nothing may be called newer than it is. */
  #look(prefix: string): Snapshot {
    const asOf = this.clock.now();
    const entries = new Map(this.#server.list(prefix).map(([key, item]) => [key, entryOf(item)]));
    return { entries, asOf, stale: false };
  }

  #fingerprint(prefix: string): string {
    return JSON.stringify(this.#server.list(prefix).map(([key, { revision }]) => [key, revision]));
  }

  #commit(txn: Txn): Commit | undefined {
    assertTxn(txn, LIMITS);
    const result = this.#server.commit(requestOf(txn));
    if (result === 'refused') return undefined;
    const puts = txn.writes.filter((write) => write.type === 'put');
    if (result === 'gone') throw gone(puts.find(({ session }) => session !== undefined)?.session?.id ?? '');
    return { versions: new Map(puts.map(({ key }) => [key, String(result) as Version])) };
  }
}

function requestOf({ guards, writes }: Txn): Request {
  return {
    guards: guards.map(({ key, version }) => ({ key, revision: version })),
    puts: writes
      .filter((write) => write.type === 'put')
      .map(({ key, value, session }) => ({
        key,
        bytes: Buffer.from(value),
        ...(session === undefined ? {} : { session: session.id }),
      })),
    deletes: writes.filter(({ type }) => type === 'delete').map(({ key }) => key),
  };
}

/** Bytes that are not UTF-8 are marked, and hide no other key. */
function entryOf({ bytes, revision, session }: Item): Entry {
  const value = Buffer.from(bytes).toString('utf8');
  return {
    value,
    version: String(revision) as Version,
    ...(session === undefined ? {} : { session }),
    ...(Buffer.from(value).equals(bytes) ? {} : { malformed: true }),
  };
}

function gone(id: string): DcsError {
  return new DcsError('SESSION_LOST', `${NAME}: session ${id} is gone`, { store: NAME });
}
