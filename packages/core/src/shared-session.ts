import { Calls } from './calls.ts';
import { Deadline } from './deadline.ts';
import { DcsError } from './errors.ts';
import { Hold } from './hold.ts';
import type { Commit, Store, Txn } from './store.ts';
import { assertTtl } from './txn.ts';

/**
 * One session for many Dcs: one connection's worth of upkeep, one renewal for all of them within `maxAge`. They are lost
 * together. A Dcs that is given none opens one of its own.
 */
export class SharedSession implements AsyncDisposable {
  readonly store: Store;
  #calls: Calls;
  #ttl: number;
  #hold: Hold | undefined;
  #opening: Promise<Hold> | undefined;
  #renewing: Promise<void> | undefined;

  /**
   * `ttl` in milliseconds. `scope` names it in diagnostics: that of the one Dcs that owns it, or `*`.
   * @throws RangeError when the store does not grant it
   */
  constructor(store: Store, ttl: number, scope = '*') {
    assertTtl(ttl, store.limits, store.name);
    this.store = store;
    this.#ttl = ttl;
    this.#calls = new Calls(store, scope);
  }

  get hold(): Hold | undefined {
    return this.#hold?.lost ? undefined : this.#hold;
  }

  /** Milliseconds, as asked for; the store may grant more. */
  get ttl(): number {
    return this.#ttl;
  }

  /** The session in use, opened when there is none. Callers at one time share one opening. */
  async ensure(deadline: Deadline): Promise<Hold> {
    const hold = this.hold;
    if (hold !== undefined) return hold;
    this.#opening ??= this.#open(this.#ttl, deadline.unaborted()).finally(() => {
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
      const [commit] = await Promise.all([txn && this.#calls.commit(txn, deadline), fresh]);
      return commit;
    } catch (error) {
      if (DcsError.is(error, 'SESSION_LOST')) hold.lose();
      throw error;
    }
  }

  /** Opens the session that shall follow the one in use, for a change of `ttl`. */
  async openNext(ttl: number, deadline: Deadline): Promise<Hold> {
    assertTtl(ttl, this.store.limits, this.store.name);
    const sent = this.store.clock.now();
    return new Hold(await this.#calls.open(ttl, deadline), sent);
  }

  /** Makes `next` the session in use, if there is one already, and `ttl` that of the sessions to come. */
  adopt(next: Hold | undefined, ttl: number): void {
    if (next !== undefined) this.#hold = next;
    this.#ttl = ttl;
  }

  /** Ends the session; its keys go at once. Idempotent. */
  async end(timeout = 3000): Promise<void> {
    const hold = this.hold;
    if (hold === undefined) return;
    hold.lose();
    await this.#calls.end(hold.session, new Deadline(this.store.clock, timeout));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }

  async #open(ttl: number, deadline: Deadline): Promise<Hold> {
    const sent = this.store.clock.now();
    const hold = new Hold(await this.#calls.open(ttl, deadline), sent);
    this.#hold = hold;
    return hold;
  }

  async #renewJointly(hold: Hold, deadline: Deadline): Promise<void> {
    this.#renewing ??= this.#renewAlone(hold, deadline.unaborted()).finally(() => {
      this.#renewing = undefined;
    });
    await deadline.abortable(this.#renewing);
  }

  async #renewAlone(hold: Hold, deadline: Deadline): Promise<void> {
    const sent = this.store.clock.now();
    await this.#calls.renew(hold.session, undefined, deadline);
    hold.renewedAt = Math.max(hold.renewedAt, sent);
  }
}
