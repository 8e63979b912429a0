import { Calls } from './calls.ts';
import { Deadline } from './deadline.ts';
import { publishSession, type SessionEvent } from './diagnostics.ts';
import { DcsError } from './errors.ts';
import { warnOfGrant } from './grant.ts';
import { Hold } from './hold.ts';
import type { Commit, Store, Txn } from './store.ts';
import { assertTtl } from './txn.ts';

/**
 * One session for many Dcs: one connection's worth of upkeep, one renewal for all of them within `maxAge`. They are lost
 * together. A Dcs that is given none opens one of its own.
 */
export class SharedSession implements AsyncDisposable {
  readonly store: Store;
  readonly #calls: Calls;
  readonly #scope: string;
  #ttl: number;
  #hold: Hold | undefined;
  #opening: Promise<Hold> | undefined;
  #renewing: { readonly hold: Hold; readonly done: Promise<void> } | undefined;
  readonly #ids = new Set<string>();

  /**
   * `ttl` in milliseconds. `scope` names it in diagnostics: that of the one Dcs that owns it, or `*`.
   * @throws RangeError when the store does not grant it
   */
  constructor(store: Store, ttl: number, scope = '*') {
    assertTtl(ttl, store.limits, store.name);
    this.store = store;
    this.#ttl = ttl;
    this.#scope = scope;
    this.#calls = new Calls(store, scope);
  }

  get hold(): Hold | undefined {
    return this.#hold?.lost ? undefined : this.#hold;
  }

  /** Milliseconds, as asked for; the store may grant more. */
  get ttl(): number {
    return this.#ttl;
  }

  /** Whether the session with this id is, or was, this one. */
  owns(id: string | undefined): boolean {
    return id !== undefined && this.#ids.has(id);
  }

  /** Settles when no opening is under way. */
  async settled(): Promise<void> {
    await this.#opening?.catch(() => undefined);
  }

  /** The session in use, opened when there is none. Callers at one time share one opening. */
  async ensure(deadline: Deadline): Promise<Hold> {
    deadline.signal?.throwIfAborted();
    const hold = this.hold;
    if (hold !== undefined) return hold;
    this.#opening ??= this.#open(deadline.unaborted()).finally(() => {
      this.#opening = undefined;
    });
    return await deadline.abortable(this.#opening);
  }

  /**
   * Prolongs `hold` and commits `txn` in the same round trip's time. A session that was renewed less than `maxAge`
   * milliseconds ago is not renewed again, and renewals that are under way are joined.
   * @throws DcsError SESSION_LOST, UNAVAILABLE
   */
  async renew(hold: Hold, txn: Txn | undefined, deadline: Deadline, maxAge = 0): Promise<Commit | undefined> {
    const clock = this.store.clock;
    try {
      if (maxAge === 0) {
        const sent = clock.now();
        const commit = await this.#calls.renew(hold.session, txn, deadline);
        hold.renewedAt = Math.max(hold.renewedAt, sent);
        return commit;
      }
      const fresh = clock.now() - hold.renewedAt < maxAge ? undefined : this.#renewJointly(hold, deadline);
      const [done, kept] = await Promise.allSettled([txn && this.#calls.commit(txn, deadline), fresh]);
      if (kept.status === 'rejected') throw unproven(kept.reason, txn, done);
      if (done.status === 'rejected') throw done.reason;
      return done.value;
    } catch (error) {
      if (DcsError.is(error, 'SESSION_LOST')) hold.lose('lost');
      throw error;
    }
  }

  /** Opens the session that shall follow the one in use, for a change of `ttl`. */
  async openNext(ttl: number, deadline: Deadline): Promise<Hold> {
    assertTtl(ttl, this.store.limits, this.store.name);
    return await this.#newHold(ttl, deadline);
  }

  /** Makes `next` the session in use, if there is one already, and `ttl` that of the sessions to come. */
  adopt(next: Hold | undefined, ttl: number): void {
    if (next !== undefined) this.#hold = next;
    this.#ttl = ttl;
  }

  /** Ends the session; its keys go at once. Idempotent. */
  async end(timeout = 3000): Promise<void> {
    await this.settled();
    const hold = this.hold;
    if (hold === undefined) return;
    hold.lose('ended');
    await this.#calls.end(hold.session, new Deadline(this.store.clock, timeout));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }

  /** A change of `ttl` that comes first has its way: what is opened under the old one holds no key yet, and is ended. */
  async #open(deadline: Deadline): Promise<Hold> {
    for (;;) {
      const ttl = this.#ttl;
      const opened = await this.#newHold(ttl, deadline);
      if (this.hold === undefined && ttl === this.#ttl) this.#hold = opened;
      else this.#discard(opened, deadline);
      const hold = this.hold;
      if (hold !== undefined) return hold;
    }
  }

  async #newHold(ttl: number, deadline: Deadline): Promise<Hold> {
    const sent = this.store.clock.now();
    const session = await this.#calls.open(ttl, deadline);
    this.#ids.add(session.id);
    const hold = new Hold(session, sent, ttl);
    this.#tell(hold, 'opened');
    hold.whenLost((how) => this.#tell(hold, how));
    warnOfGrant(this.store, ttl, session);
    return hold;
  }

  #tell({ session, ttl }: Hold, event: SessionEvent['event']): void {
    publishSession(() => ({
      store: this.store.name,
      scope: this.#scope,
      session: session.id,
      event,
      asked: ttl,
      ttl: session.ttl,
      guaranteed: session.guaranteed,
    }));
  }

  #discard(opened: Hold, deadline: Deadline): void {
    opened.lose('ended');
    this.#calls.end(opened.session, deadline).catch(() => undefined);
  }

  async #renewJointly(hold: Hold, deadline: Deadline): Promise<void> {
    if (this.#renewing?.hold !== hold) {
      const renewing = { hold, done: this.#renewAlone(hold, deadline.unaborted()) };
      this.#renewing = renewing;
      const over = () => {
        if (this.#renewing === renewing) this.#renewing = undefined;
      };
      renewing.done.then(over, over);
    }
    await deadline.abortable(this.#renewing.done);
  }

  async #renewAlone(hold: Hold, deadline: Deadline): Promise<void> {
    const sent = this.store.clock.now();
    await this.#calls.renew(hold.session, undefined, deadline);
    hold.renewedAt = Math.max(hold.renewedAt, sent);
  }
}

/** The session was not renewed; whether the commit beside it was done must not be lost over that. */
function unproven(why: unknown, txn: Txn | undefined, done: PromiseSettledResult<Commit | undefined>): unknown {
  const written =
    done.status === 'fulfilled' ? done.value !== undefined : DcsError.is(done.reason) && done.reason.maybeApplied;
  if (!DcsError.is(why) || !written || txn === undefined || txn.writes.length === 0) return why;
  return new DcsError(why.code, why.message, {
    maybeApplied: true,
    cause: why,
    ...(why.store && { store: why.store }),
  });
}
