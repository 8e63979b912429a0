import assert from 'node:assert/strict';
import {
  type CallOptions,
  type Commit,
  DcsError,
  type Limits,
  type Session,
  type Snapshot,
  type Store,
  type Txn,
  type WatchOptions,
} from '@tenure/core';
import { TapClock } from './tap-clock.ts';

export type Op = 'read' | 'commit' | 'open' | 'renew' | 'end';

/** One call that went through. */
export interface Sent {
  readonly op: Op;
  /** On the clock of the store itself, before it was sent. */
  readonly at: number;
  readonly writes: number;
  /** It resolved, and not to a refusal. */
  ok: boolean;
}

interface Hold {
  readonly op: Op;
  readonly arrived: () => void;
  readonly released: Promise<void>;
}

export interface Held {
  /** Resolves when a call of that kind waits. */
  readonly arrived: Promise<void>;
  /** Lets it go on. */
  go(): void;
}

/**
 * Stands between core and the store under test: records what is sent and when, loses or holds a single message, and
 * steps the clock. Everything else is the store's own doing.
 */
export class Tap implements Store {
  readonly name: string;
  readonly limits: Limits;
  readonly clock: TapClock;
  /** The store's own sessions, in the order they were opened. */
  readonly sessions: Session[] = [];
  readonly sent: Sent[] = [];
  /** Watches tell nothing more: what they showed last stays, as with a slow reader. */
  blind = false;
  readonly #inner: Store;
  readonly #real = new WeakMap<Session, Session>();
  readonly #lostReplies: Op[] = [];
  readonly #lostRequests: Op[] = [];
  readonly #heldRequests: Hold[] = [];
  readonly #heldReplies: Hold[] = [];

  constructor(inner: Store) {
    this.#inner = inner;
    this.name = inner.name;
    this.limits = inner.limits;
    this.clock = new TapClock(inner.clock);
  }

  /** The next call of this kind takes effect, and its caller hears that the outcome is unknown. */
  loseReply(op: Op): void {
    this.#lostReplies.push(op);
  }

  /** The next call of this kind never arrives, and its caller hears that the outcome is unknown. */
  loseRequest(op: Op): void {
    this.#lostRequests.push(op);
  }

  /** The next call of this kind waits before it is sent. */
  holdRequest(op: Op): Held {
    return hold(this.#heldRequests, op);
  }

  /** The next call of this kind takes effect, and its answer waits. */
  holdReply(op: Op): Held {
    return hold(this.#heldReplies, op);
  }

  /** Nothing more is lost. */
  heal(): void {
    this.#lostReplies.length = 0;
    this.#lostRequests.length = 0;
  }

  count(op?: Op): number {
    return this.sent.filter((call) => op === undefined || call.op === op).length;
  }

  /** When the last call of this kind that took effect was sent, on the store's own clock. */
  lastSent(op: Op): number {
    return this.#last((call) => call.op === op);
  }

  /** When the last commit that wrote something was sent, alone or with a renewal, on the store's own clock. */
  lastWritten(): number {
    return this.#last((call) => call.writes > 0);
  }

  async read(prefix: string, options?: CallOptions): Promise<Snapshot> {
    return this.#shift(await this.#pass('read', 0, options, () => this.#inner.read(prefix, options)));
  }

  async commit(txn: Txn, options?: CallOptions): Promise<Commit | undefined> {
    return await this.#pass('commit', txn.writes.length, options, () => this.#inner.commit(this.#plain(txn), options));
  }

  guaranteed(ttl: number): number {
    return this.#inner.guaranteed(ttl);
  }

  async *watch(prefix: string, options?: WatchOptions): AsyncGenerator<Snapshot, void, undefined> {
    for await (const snapshot of this.#inner.watch(prefix, options)) {
      if (!this.blind) yield this.#shift(snapshot);
    }
  }

  async openSession(ttl: number, options?: CallOptions): Promise<Session> {
    const real = await this.#pass('open', 0, options, () => this.#inner.openSession(ttl, options));
    const end = (how?: CallOptions) => this.#pass('end', 0, how, () => real.end(how));
    const session: Session = {
      id: real.id,
      ttl: real.ttl,
      guaranteed: real.guaranteed,
      renew: async (txn, how) =>
        await this.#pass('renew', txn?.writes.length ?? 0, how, () =>
          real.renew(txn && this.#plain(txn, session), how),
        ),
      end,
      [Symbol.asyncDispose]: () => end(),
    };
    this.sessions.push(real);
    this.#real.set(session, real);
    return session;
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #pass<T>(op: Op, writes: number, options: CallOptions | undefined, run: () => Promise<T>): Promise<T> {
    const signal = options?.signal;
    await waitAt(this.#heldRequests, op, signal);
    if (take(this.#lostRequests, op)) throw this.#lost(op, writes);
    const sent: Sent = { op, at: this.#inner.clock.now(), writes, ok: false };
    this.sent.push(sent);
    const answer = await run();
    sent.ok = writes === 0 || answer !== undefined;
    await waitAt(this.#heldReplies, op, signal);
    if (take(this.#lostReplies, op)) throw this.#lost(op, writes);
    return answer;
  }

  #last(fits: (call: Sent) => boolean): number {
    const last = this.sent.findLast((call) => call.ok && fits(call));
    if (last === undefined) throw new Error('nothing of that kind was sent');
    return last.at;
  }

  #lost(op: Op, writes: number): DcsError {
    return new DcsError('UNAVAILABLE', `${op}: no answer`, { store: this.name, maybeApplied: writes > 0 });
  }

  /** Not every store can bind keys to two sessions in one commit: core must never ask for it. */
  #plain(txn: Txn, renewed?: Session): Txn {
    const owners = new Set(
      txn.writes.flatMap((write) => (write.type === 'put' && write.session ? [write.session] : [])),
    );
    if (renewed !== undefined) owners.add(renewed);
    assert.ok(owners.size <= 1, 'core binds keys to two sessions in one commit');
    const writes = txn.writes.map((write) => {
      if (write.type !== 'put' || write.session === undefined) return write;
      return { ...write, session: this.#real.get(write.session) ?? write.session };
    });
    return { guards: txn.guards, writes };
  }

  #shift(snapshot: Snapshot): Snapshot {
    return { ...snapshot, asOf: snapshot.asOf + this.clock.ahead };
  }
}

function hold(holds: Hold[], op: Op): Held {
  const arrival = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  holds.push({ op, arrived: arrival.resolve, released: release.promise });
  return { arrived: arrival.promise, go: release.resolve };
}

async function waitAt(holds: Hold[], op: Op, signal: AbortSignal | undefined): Promise<void> {
  const index = holds.findIndex((held) => held.op === op);
  const [held] = index === -1 ? [] : holds.splice(index, 1);
  if (held === undefined) return;
  held.arrived();
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    await Promise.race([held.released, aborted.promise]);
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

function take(ops: Op[], op: Op): boolean {
  const index = ops.indexOf(op);
  if (index === -1) return false;
  ops.splice(index, 1);
  return true;
}
