import type { Clock } from './clock.ts';

declare const opaque: unique symbol;

/** The version of one key as its store counts it. Compare with `===` only; `null` stands for "absent", never falsy. */
export type Version = string & { readonly [opaque]: true };

/** What every call takes. */
export interface CallOptions {
  /** Rejects the call with `signal.reason`. A write that was already sent may still take effect. */
  readonly signal?: AbortSignal;
  /** Milliseconds after which the call rejects with UNAVAILABLE, counted from the call. Adapters default to 10,000. */
  readonly timeout?: number;
}

/** What `watch` takes. */
export interface WatchOptions {
  readonly signal?: AbortSignal;
  /** Milliseconds without a confirmation after which a snapshot with `stale: true` is yielded. Default 10,000. */
  readonly staleAfter?: number;
}

/** One key. */
export interface Entry {
  readonly value: string;
  readonly version: Version;
  /** The id of the session that the key ends with; absent when the key is permanent. */
  readonly session?: string;
  /** The stored bytes are not UTF-8: `value` holds them with U+FFFD in place of what could not be decoded. */
  readonly malformed?: true;
}

/** One consistent state of everything under a prefix. */
export interface Snapshot {
  readonly entries: ReadonlyMap<string, Entry>;
  /** A moment on the store's clock at which this surely was the state: just before the request that proved it was sent. */
  readonly asOf: number;
  /** Only from `watch`: the state could not be confirmed for `staleAfter` milliseconds. */
  readonly stale: boolean;
}

/** Holds when the key's version is this one; `null`: when the key is absent. */
export interface Guard {
  readonly key: string;
  readonly version: Version | null;
}

export type Write =
  /** With a session the key moves to that session, whoever owned it; without one it becomes permanent. */
  | { readonly type: 'put'; readonly key: string; readonly value: string; readonly session?: Session }
  /** Deleting an absent key is not an error. */
  | { readonly type: 'delete'; readonly key: string };

/**
 * Guards and writes that take effect together or not at all. A key is written at most once. All puts with a session have the
 * same one, and in `Session.renew` that one: a store may refuse any other txn with a TypeError before anything is sent, as a
 * ZooKeeper connection speaks for one session only. A store that takes such a txn does it whole.
 */
export interface Txn {
  readonly guards: readonly Guard[];
  readonly writes: readonly Write[];
}

/** What a commit that took effect tells. */
export interface Commit {
  /** The new version of each key that was put. */
  readonly versions: ReadonlyMap<string, Version>;
}

/** Bounds that a store imposes: data, not capabilities. Times in milliseconds. */
export interface Limits {
  readonly minTtl: number;
  readonly maxTtl: number;
  readonly maxValueBytes: number;
  /** The most guards and writes together that one commit takes. */
  readonly maxCommitOps: number;
}

/**
 * A lease on the store. Keys put with it vanish when it ends. It lives on `renew` alone: when nobody calls `renew` for
 * `ttl` it is gone, also when the process lives, its sockets are healthy, and it puts keys with the session.
 */
export interface Session extends AsyncDisposable {
  readonly id: string;
  /** Milliseconds: the keys of a session that stops renewing are gone by then, plus the store's own grace. */
  readonly ttl: number;
  /**
   * Milliseconds, counted from the sending of the last answered renewal, for which the store surely keeps the keys. Every
   * renewal counts by its own sending, also one that is called while another is under way or whose guards did not hold.
   */
  readonly guaranteed: number;
  /**
   * Prolongs the session and, in the same round trip's time, commits `txn` (most often guards only: the proof that a key
   * is still mine). Resolves like `commit`. The answer proves that the store's leader had a quorum after the call began
   * and that the prolongation is the work of that very leader; only so may validity be counted from before the call.
   * @throws DcsError SESSION_LOST when the session is gone: a `txn` that guards or puts a key of this session was not done,
   * any other one may have been, and `maybeApplied` says so; UNAVAILABLE (with `maybeApplied` when `txn` writes and may have)
   */
  renew(txn?: Txn, options?: CallOptions): Promise<Commit | undefined>;
  /** Ends the session; its keys go at once. Ending a session that is gone is not an error. Idempotent. */
  end(options?: CallOptions): Promise<void>;
}

/**
 * All that an adapter implements. The sentences of this contract are cases of `@tenure/conformance`:
 *
 * - Nothing is sent for a call after its deadline or abort, and nothing is queued across a disconnect. What the network still
 *   holds of a write that was given up may arrive when a silent line heals: the call has said `maybeApplied`.
 * - Every call settles by its timeout; an abort rejects with `signal.reason`, also when it came before the call.
 * - The very first version of a key is a version like any other. A version may repeat once the
 *   key was gone, and only then: a put that moves it to another session gives it a version that it never had.
 * - One undecodable value never hides the other keys.
 * - A key moves from one session to another without a gap, and one that has gone can be bound to the next at once.
 * - No error holds a value that was to be written, nor a secret.
 * - After `close` every call rejects with CLOSED, and no timer, socket or listener is left. A call that it cuts short rejects
 *   with CLOSED, and with `maybeApplied` when it may have written.
 */
export interface Store extends AsyncDisposable {
  /** `etcd`, `embedded` …: for messages and metrics. */
  readonly name: string;
  readonly limits: Limits;
  /**
   * What a session that is opened with this ttl (milliseconds, within `limits`) will guarantee at least. Asks nobody, so it
   * counts on the servers to be set up as `limits` say; never less for a longer ttl.
   */
  guaranteed(ttl: number): number;
  /** The clock of `Snapshot.asOf` and of everything that core measures on this store. */
  readonly clock: Clock;
  /**
   * Everything whose key starts with `prefix`: one consistent state, at least as new as every commit that returned before
   * the call. @throws DcsError UNAVAILABLE, DENIED, CLOSED
   */
  read(prefix: string, options?: CallOptions): Promise<Snapshot>;
  /**
   * All writes if every guard holds; else none, and `undefined`. A commit without writes only proves its guards, and
   * is as linearizable as one with writes. @throws RangeError, TypeError for a txn that breaks `limits` or names a key
   * twice; DcsError UNAVAILABLE with `maybeApplied` when the outcome is unknown, SESSION_LOST when a put's session is gone
   * (nothing was written), DENIED, LIMIT, CLOSED
   */
  commit(txn: Txn, options?: CallOptions): Promise<Commit | undefined>;
  /**
   * The state now, then after changes. May skip states, never goes back, never ends by itself: on any break it re-reads
   * and goes on. An idle watch costs no reads. When the state could not be confirmed for `staleAfter`, the last state is
   * yielded again with `stale: true`, and once more with `stale: false` when it could. The iteration rejects with
   * `signal.reason` on abort and with CLOSED when the store is closed; it rejects with DENIED when the first read is refused.
   */
  watch(prefix: string, options?: WatchOptions): AsyncIterable<Snapshot>;
  /** @throws RangeError when `ttl` (milliseconds) is outside `limits`; DcsError UNAVAILABLE, DENIED, CLOSED */
  openSession(ttl: number, options?: CallOptions): Promise<Session>;
  /** Ends all that the store has open, within 3 seconds. Sessions are left to expire: end them first. Idempotent. */
  close(): Promise<void>;
}
