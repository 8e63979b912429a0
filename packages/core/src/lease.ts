import { Deadline } from './deadline.ts';
import type { Failsafe } from './documents/failsafe.ts';
import type { Status } from './documents/status.ts';
import { DcsError } from './errors.ts';
import type { Hold } from './hold.ts';
import { LeaseClock } from './lease-clock.ts';
import type { Office } from './office.ts';
import type { Commit, Guard, Txn, Version } from './store.ts';

/** What the acquiring commit left behind. */
export interface Term {
  readonly hold: Hold;
  readonly token: number;
  readonly leaderVersion: Version;
  readonly epochVersion: Version;
}

export interface RenewOptions {
  /** Written in the same commit when it differs from what was written last. */
  readonly status?: Status;
  /** Written in the same commit when it differs from what was written last. */
  readonly failsafe?: Failsafe;
  readonly signal?: AbortSignal;
}

export interface ReleaseOptions {
  /** The last status: whoever is elected next sees it together with the absence of the leader. */
  readonly status?: Status;
  readonly signal?: AbortSignal;
}

/**
 * Office held for one term. It may be acted on only while `assertHeld` does not throw: validity is counted from before the
 * last successful renewal was sent, on the larger of two clocks, less the drift bound and the stop budget, so that it ends
 * before the store can let anyone else in. Nothing renews a lease but `renew`.
 */
export class Lease {
  /** The fencing token: 1, 2, 3 … within a scope, never reused. */
  readonly token: number;
  readonly #office: Office;
  readonly #clock: LeaseClock;
  readonly #epochVersion: Version;
  #leaderVersion: Version;
  /** The leader key is not ours any more, or is being deleted: there is nothing to release. */
  #left = false;
  #owed = false;

  /** Dcs makes leases; daemons get them from `acquire`, `campaign` or `lead`. */
  constructor(office: Office, term: Term) {
    this.#office = office;
    this.token = term.token;
    this.#leaderVersion = term.leaderVersion;
    this.#epochVersion = term.epochVersion;
    this.#clock = new LeaseClock(office, term.token, term.hold);
  }

  get scope(): string {
    return this.#office.layout.scope;
  }

  get name(): string {
    return this.#office.name;
  }

  /** Aborts when the lease ends, at the deadline at the latest. A timer can be late: check with `assertHeld` at use. */
  get signal(): AbortSignal {
    return this.#clock.signal;
  }

  /** On the store's clock, milliseconds: the moment from which the holder must have stopped. */
  get deadline(): number {
    return this.#clock.deadline;
  }

  /** Milliseconds until the deadline; 0 when the lease is not held. */
  get remaining(): number {
    return this.#clock.remaining;
  }

  /** Reads the clocks. A lease that was once seen not to be held has ended, whatever happens to its timing. */
  get held(): boolean {
    return this.#clock.held;
  }

  /** The fence: a commit with these guards lands only while this very term lasts. */
  get guards(): readonly Guard[] {
    const { layout } = this.#office;
    return [
      { key: layout.key('leader'), version: this.#leaderVersion },
      { key: layout.key('epoch'), version: this.#epochVersion },
    ];
  }

  /** @throws DcsError LEASE_LOST. Call it immediately before each act that needs the office. */
  assertHeld(): void {
    this.#clock.assertHeld();
  }

  /**
   * Proves on the store that the session, the leader key and the term are still ours, and prolongs the lease. Writes the
   * status and the failsafe map in the same commit when they changed. An expired lease is not revived. Then this member's key is
   * restored if it was lost.
   * @throws DcsError LEASE_LOST when the office is gone; UNAVAILABLE when the store did not answer: the lease lasts until
   * `deadline` and `renew` may be called again
   */
  async renew(options: RenewOptions = {}): Promise<void> {
    this.assertHeld();
    const office = this.#office;
    const budget = Math.min(office.timing.retryTimeout, this.remaining);
    const deadline = new Deadline(office.store.clock, budget, options.signal);
    const { writes, written, forget } = office.leaderWrites(options);
    try {
      const commit = await this.fenced((guards) =>
        office.session.renew(this.#clock.hold, { guards, writes }, deadline, office.maxAge),
      );
      if (commit === undefined) throw await this.#deposed(deadline);
      written();
    } catch (error) {
      forget();
      throw DcsError.is(error, 'SESSION_LOST') ? this.lost('its session is gone') : error;
    }
    this.#clock.prove();
    await office.restoreMember(deadline);
  }

  /**
   * Gives the office up: the leader key goes, with the last status in the same commit, and the next in line is elected at
   * once. The lease ends before anything is sent. A lease that ran out is released too, so that nobody waits for its
   * session; releasing twice, or after the office was lost, does nothing.
   * @throws DcsError UNAVAILABLE when the store did not answer: the key stays as long as the session is kept alive, so release
   * again; `keepAlive` of the Dcs does so too
   */
  async release(options: ReleaseOptions = {}): Promise<void> {
    const office = this.#office;
    if (this.#left || this.#clock.hold.lost) return;
    this.#left = true;
    this.#owed = true;
    const { writes, written, forget } = office.leaderWrites(options);
    this.#clock.end('it was released', 'released');
    const deadline = office.deadline(options.signal);
    forget();
    try {
      await office.moved;
      const txn: Txn = {
        guards: this.guards,
        writes: [...writes, { type: 'delete', key: office.layout.key('leader') }],
      };
      const commit = await office.settle(txn, deadline);
      if (commit === undefined) await office.whyDeposed(deadline);
    } catch (error) {
      this.#left = false;
      throw error;
    }
    written();
  }

  /** It has ended, but nobody gave the office up, which is bound to `hold`: its holder may still be stopping. @internal */
  lingersOn(hold: Hold): boolean {
    return this.#clock.hold === hold && !hold.lost && !this.held && !this.#left;
  }

  /** The office was given up, but the store may not know yet. @internal */
  get owed(): boolean {
    return this.#owed && !this.#left && !this.#clock.hold.lost;
  }

  /**
   * It ended a ttl ago, by when the store would have let the next one in if nothing kept the session alive; and nobody gave the
   * office up. @internal
   */
  get forgotten(): boolean {
    return this.lingersOn(this.#clock.hold) && this.#clock.over >= this.#office.timing.ttl;
  }

  /** The leader key is about to be moved to `next`, or, with `undefined`, was not moved after all. @internal */
  moving(next: Hold | undefined): void {
    this.#clock.move(next);
  }

  /**
   * The same term under a new timing, which `apply` puts in force, and on the session to which `retime` moved the leader key.
   * A lease that ran out meanwhile stays ended. @internal
   */
  retimed(apply: () => void, moved?: { readonly hold: Hold; readonly leaderVersion: Version }): void {
    if (moved !== undefined) this.#leaderVersion = moved.leaderVersion;
    this.#clock.retime(apply, moved?.hold);
  }

  /** Proves the term on the store without prolonging the lease. @throws DcsError LEASE_LOST, UNAVAILABLE */
  async verify(options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    await this.verifyWithin(this.#office.deadline(options.signal));
  }

  /** @internal */
  async verifyWithin(deadline: Deadline): Promise<void> {
    this.assertHeld();
    const commit = await this.fenced((guards) => this.#office.calls.commit({ guards, writes: [] }, deadline));
    if (commit === undefined) throw await this.#deposed(deadline);
    this.assertHeld();
  }

  /**
   * Sends a commit under the fence, and sends it again when it was refused because `retime` moved the leader key in the
   * meantime: a refusal changed nothing. @internal
   */
  async fenced(send: (guards: readonly Guard[]) => Promise<Commit | undefined>): Promise<Commit | undefined> {
    for (;;) {
      await this.#office.moved;
      this.assertHeld();
      const [hold, version] = [this.#clock.hold, this.#leaderVersion];
      const result = await send(this.guards).catch((error: unknown) => {
        if (DcsError.is(error, 'SESSION_LOST') && !error.maybeApplied) return { lost: error };
        throw error;
      });
      if (result !== undefined && !('lost' in result)) return result;
      await this.#office.moved;
      if (hold !== this.#clock.hold || version !== this.#leaderVersion) continue;
      if (result !== undefined) throw result.lost;
      return undefined;
    }
  }

  /** Ends the lease for its holder, who then winds up and calls `release`. */
  resign(): void {
    this.#clock.end('its holder resigned', 'lost');
  }

  /** Ends the lease although the office may be ours still, so that it is for its holder to release. @internal */
  doubted(why: string): void {
    this.#clock.end(why, 'lost');
  }

  /** Ends the lease because the office is known to be gone. @internal */
  lost(why: string): DcsError {
    this.#left = true;
    return this.#clock.end(why, 'lost');
  }

  /** The guards did not hold. The lease ends before anything else; then the reason is looked up. */
  async #deposed(deadline: Deadline): Promise<DcsError> {
    this.lost('the leader key or the term changed');
    // The caller's signal may well be the one that has just aborted.
    return this.#clock.error(await this.#office.whyDeposed(deadline.unaborted()));
  }
}
