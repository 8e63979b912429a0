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
import { type Heal, healing } from './harness.ts';
import { LinkWatch } from './link-watch.ts';

type Fault = 'cut' | 'mute' | 'freeze' | 'refuse';

interface Pending {
  breakOff(why: string, code: 'UNAVAILABLE' | 'CLOSED'): void;
}

/** The session that a `Link` gave out, and the one of the store behind it. */
const behind = new WeakMap<Session, Session>();

/**
 * The faults of a network for a store that has none: a store that stands where the network would be. It keeps the
 * contract of `Store` itself: a call that has not passed when its deadline comes or its caller aborts never passes.
 */
export class Link implements Store {
  readonly name: string;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly #inner: Store;
  readonly #pending = new Set<Pending>();
  readonly #watches = new Set<LinkWatch>();
  #fault: Fault | undefined;
  #delay = 0;
  #torn = false;
  #healed = Promise.withResolvers<void>();
  #closed: Promise<void> | undefined;

  constructor(inner: Store) {
    this.name = inner.name;
    this.limits = inner.limits;
    this.clock = inner.clock;
    this.#inner = inner;
  }

  /** Calls under way and watches. */
  get connections(): number {
    return this.#pending.size + this.#watches.size;
  }

  /** A lost request or reply stays lost after the heal; a frozen one goes on unless its caller gave up. */
  suffer(fault: Fault): Heal {
    this.#fault = fault;
    if (fault === 'refuse') this.reset();
    return healing(() => {
      this.#fault = undefined;
      this.#healed.resolve();
      this.#healed = Promise.withResolvers();
      for (const watch of this.#watches) watch.restart();
    });
  }

  slow(ms: number): Heal {
    this.#delay = ms;
    return healing(() => {
      this.#delay = 0;
    });
  }

  reset(): void {
    for (const call of this.#pending) call.breakOff('connection reset', 'UNAVAILABLE');
    for (const watch of this.#watches) watch.restart();
  }

  /** The next reply is lost in mid-packet and the connection with it, of which the client hears at once. */
  tear(): void {
    this.#torn = true;
  }

  async read(prefix: string, options?: CallOptions): Promise<Snapshot> {
    const asOf = this.clock.now();
    const snapshot = await this.#pass(false, (rest) => this.#inner.read(prefix, rest), options);
    return { ...snapshot, asOf };
  }

  async commit(txn: Txn, options?: CallOptions): Promise<Commit | undefined> {
    assertTxn(txn, this.limits);
    return await this.#pass(txn.writes.length > 0, (rest) => this.#inner.commit(plain(txn), rest), options);
  }

  guaranteed(ttl: number): number {
    return this.#inner.guaranteed(ttl);
  }

  watch(prefix: string, options: WatchOptions = {}): AsyncIterable<Snapshot> {
    const watch = new LinkWatch(this, this.#inner, prefix, options, this.#watches);
    if (this.#closed === undefined) watch.start();
    else watch.feed.fail(this.#closedError());
    return watch.feed;
  }

  async openSession(ttl: number, options?: CallOptions): Promise<Session> {
    assertTtl(ttl, this.limits, this.name);
    const inner = await this.#pass(false, (rest) => this.#inner.openSession(ttl, rest), options);
    const end = (how?: CallOptions) => this.#pass(false, (rest) => inner.end(rest), how);
    const session: Session = {
      id: inner.id,
      ttl: inner.ttl,
      guaranteed: inner.guaranteed,
      renew: async (txn, how) => {
        if (txn !== undefined) assertTxn(txn, this.limits);
        const writes = txn !== undefined && txn.writes.length > 0;
        return await this.#pass(writes, (rest) => inner.renew(txn && plain(txn), rest), how);
      },
      end,
      [Symbol.asyncDispose]: () => end(),
    };
    behind.set(session, inner);
    return session;
  }

  close(): Promise<void> {
    this.#closed ??= (async () => {
      for (const call of this.#pending) call.breakOff('closed', 'CLOSED');
      for (const watch of this.#watches) watch.feed.fail(this.#closedError());
      await this.#inner.close();
    })();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Resolves when a request has passed; never for one that was lost. @throws DcsError UNAVAILABLE when refused */
  async outward(signal: AbortSignal): Promise<void> {
    if (this.#delay > 0) await this.clock.sleep(this.#delay, signal);
    if (this.#fault === 'refuse')
      throw new DcsError('UNAVAILABLE', `${this.name}: connection refused`, { store: this.name });
    if (this.#fault === 'cut') await arrival();
    while (this.#fault === 'freeze') await this.#healed.promise;
  }

  /** Resolves when a reply has passed; never for one that was lost. */
  async homeward(signal: AbortSignal): Promise<void> {
    if (this.#delay > 0) await this.clock.sleep(this.#delay, signal);
    if (this.#fault === 'cut' || this.#fault === 'mute') await arrival();
    if (this.#torn) {
      this.#torn = false;
      this.reset();
      await arrival();
    }
    while (this.#fault === 'freeze') await this.#healed.promise;
  }

  async #pass<T>(writes: boolean, run: (rest: CallOptions) => Promise<T>, options: CallOptions = {}): Promise<T> {
    const { signal, timeout = 10_000 } = options;
    signal?.throwIfAborted();
    if (this.#closed !== undefined) throw this.#closedError();
    const deadline = this.clock.now() + timeout;
    const stop = new AbortController();
    let sent = false;
    const breakOff = (why: string, code: 'UNAVAILABLE' | 'CLOSED') =>
      stop.abort(new DcsError(code, `${this.name}: ${why}`, { store: this.name, maybeApplied: sent && writes }));
    const call: Pending = { breakOff };
    this.#pending.add(call);
    const abort = () => stop.abort(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    const cancel = this.clock.timer(timeout, () => breakOff(`no answer within ${timeout} ms`, 'UNAVAILABLE'));
    const stopped = new Promise<never>((_, reject) => {
      stop.signal.addEventListener('abort', () => reject(stop.signal.reason), { once: true });
    });
    const journey = async () => {
      await this.outward(stop.signal);
      stop.signal.throwIfAborted();
      sent = true;
      const rest = { signal: stop.signal, timeout: Math.max(1, deadline - this.clock.now()) };
      const [reply] = await Promise.allSettled([run(rest)]);
      await this.homeward(stop.signal);
      if (reply.status === 'rejected') throw reply.reason;
      return reply.value;
    };
    try {
      return await Promise.race([journey(), stopped]);
    } finally {
      cancel();
      signal?.removeEventListener('abort', abort);
      this.#pending.delete(call);
    }
  }

  #closedError(): DcsError {
    return new DcsError('CLOSED', `${this.name}: the store is closed`, { store: this.name });
  }
}

/** That of something lost, which never comes. One for each: who waits for a shared one is kept for as long as that is. */
function arrival(): Promise<never> {
  return new Promise(() => {});
}

function plain(txn: Txn): Txn {
  const writes = txn.writes.map((write) => {
    if (write.type !== 'put' || write.session === undefined) return write;
    return { ...write, session: behind.get(write.session) ?? write.session };
  });
  return { guards: txn.guards, writes };
}
