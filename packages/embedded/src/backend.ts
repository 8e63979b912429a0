import type { Commit, Entry, Txn } from '@tenure/core';

/** What one look at a backend tells a watch. */
export interface Mark {
  /** Equal to the token of an earlier mark only if no key has changed in between. */
  readonly token: string;
  /** Milliseconds until a session may end by itself; undefined when there is none. */
  readonly expiresIn: number | undefined;
}

/**
 * The data of an embedded store. Every method is one synchronous attempt that took effect wholly when it returned and not at all
 * when it threw, unless the error is a DcsError with `maybeApplied`. Throws `Busy` when another process is in the way.
 */
export interface Backend {
  /** Milliseconds: a watch looks at least this often, in case a wake-up was lost. */
  readonly pollEvery: number;
  read(prefix: string): ReadonlyMap<string, Entry>;
  mark(): Mark;
  /** With `renewing` the session of that id is prolonged too, also when the guards fail. `late`: see `Late`. */
  commit(txn: Txn, late: Late, renewing?: string): Commit | undefined;
  openSession(ttl: number, late: Late): string;
  endSession(id: string, late: Late): void;
  /** Calls `wake` when something under `prefix` may have changed, until the returned function is called. */
  subscribe(prefix: string, wake: () => void): () => void;
  /** Bounded, idempotent. */
  close(): void;
}

/** True when the caller's deadline has passed: asked as late as can be, and nothing is written then. */
export type Late = () => boolean;

/** Another process holds the lock: nothing was done, and the same attempt may succeed a little later. */
export class Busy extends Error {
  override readonly name = 'Busy';
}
