import { Calls } from './calls.ts';
import { Deadline } from './deadline.ts';
import { DcsError } from './errors.ts';
import type { Layout } from './layout.ts';
import type { LeaderWrites, PlannedWrites, Progress } from './leader-writes.ts';
import type { SharedSession } from './shared-session.ts';
import type { Commit, Snapshot, Store, Txn } from './store.ts';
import type { Timing } from './timing.ts';

/** Pause before a guarded write is repeated, milliseconds. */
const PAUSE = 100;

/** What a Dcs, its lease and its documents share. */
export class Office {
  readonly store: Store;
  readonly layout: Layout;
  readonly name: string;
  readonly session: SharedSession;
  readonly calls: Calls;
  readonly #writes: LeaderWrites;
  readonly #sharesSession: boolean;
  readonly #seen: (snapshot: Snapshot) => void;
  readonly #restore: (deadline: Deadline) => Promise<void>;
  timing: Timing;
  /** Settles when the change of session that is under way is over. Never rejects. */
  moved: Promise<void> | undefined;
  /** Set when another session was seen to hold the leader key in our name: two processes use it. */
  twin: DcsError | undefined;

  constructor(parts: {
    readonly store: Store;
    readonly layout: Layout;
    readonly name: string;
    readonly session: SharedSession;
    readonly sharesSession: boolean;
    readonly timing: Timing;
    readonly writes: LeaderWrites;
    readonly seen: (snapshot: Snapshot) => void;
    /** Writes this member's key when it was lost. */
    readonly restore: (deadline: Deadline) => Promise<void>;
  }) {
    this.store = parts.store;
    this.layout = parts.layout;
    this.name = parts.name;
    this.session = parts.session;
    this.#sharesSession = parts.sharesSession;
    this.timing = parts.timing;
    this.#writes = parts.writes;
    this.#seen = parts.seen;
    this.#restore = parts.restore;
    this.calls = new Calls(parts.store, parts.layout.scope);
  }

  /** How old the renewal of a shared session may be before it is renewed again, milliseconds. */
  get maxAge(): number {
    return this.#sharesSession ? this.timing.loopWait / 2 : 0;
  }

  leaderWrites(progress: Progress): PlannedWrites {
    return this.#writes.plan(progress);
  }

  deadline(signal?: AbortSignal): Deadline {
    return new Deadline(this.store.clock, this.timing.retryTimeout, signal);
  }

  /** Restores this member's key if it was lost. What fails is tried again with the next renewal, and never costs this one. */
  async restoreMember(deadline: Deadline): Promise<void> {
    await this.#restore(deadline).catch((error: unknown) => {
      if (!DcsError.is(error)) throw error;
    });
  }

  /** All that a view needs, read now. */
  async read(deadline: Deadline): Promise<Snapshot> {
    const snapshot = await this.calls.read(this.layout.viewPrefix, deadline);
    this.#seen(snapshot);
    return snapshot;
  }

  /**
   * Commits a txn whose guards its own writes invalidate, and repeats it while the outcome is unknown: it can take effect
   * once only, so repeating is safe. `undefined`: refused, or applied by an earlier try.
   */
  async settle(txn: Txn, deadline: Deadline): Promise<Commit | undefined> {
    for (;;) {
      try {
        return await this.calls.commit(txn, deadline);
      } catch (error) {
        if (!DcsError.is(error, 'UNAVAILABLE') || deadline.remaining <= PAUSE) throw error;
        await deadline.sleep(PAUSE);
      }
    }
  }

  /** In words, for the error of a lease whose guards did not hold. Remembers a twin. */
  async whyDeposed(deadline: Deadline): Promise<string> {
    const key = this.layout.key('leader');
    try {
      const leader = (await this.calls.read(key, deadline)).entries.get(key);
      if (leader === undefined) return 'the leader key was removed';
      if (leader.value !== this.name) return `the leader key now names ${leader.value}`;
      // A process has a session; without one it was somebody's hand.
      if (leader.session === undefined || this.session.owns(leader.session)) return 'the leader key was rewritten';
      this.twin = new DcsError(
        'NAME_IN_USE',
        `name: another process leads ${this.layout.scope} as ${this.name}; each member needs a name of its own`,
        { store: this.store.name },
      );
      return `another process took it over under the same name, ${this.name}`;
    } catch {
      return 'the leader key or the term changed';
    }
  }
}
