import type { Commit, Entry, Txn } from '@tenure/core';

/** What one look at a backend tells. */
export interface Mark {
  /** Equal to that of an earlier mark only if no call of any client has changed a key in between. */
  readonly token: string;
  /** Equal to that of an earlier mark only if nobody else has written at all: also not an administrator, who need not count. */
  readonly foreign: string;
  /** Milliseconds until a session may end by itself; undefined when there is none. */
  readonly expiresIn: number | undefined;
}

/** Keys that one step of this very backend may have changed, and its tokens just before and just after that step. */
export interface Change {
  readonly keys: Iterable<string>;
  readonly before: string;
  readonly after: string;
}

/** Without a change: someone else may have changed anything. */
export type Listener = (change?: Change) => void;

/**
 * The data of an embedded store. Every method is one synchronous attempt that took effect wholly when it returned and not at all
 * when it threw, unless the error is a DcsError with `maybeApplied`. Throws `Busy` when another process is in the way.
 */
export interface Backend {
  /** Milliseconds: the watches look at least this often, in case a wake-up was lost. */
  readonly pollEvery: number;
  read(prefix: string): ReadonlyMap<string, Entry>;
  mark(): Mark;
  /** With `renewing` the session of that id is prolonged too, also when the guards fail. `late`: see `Late`. */
  commit(txn: Txn, late: Late, renewing?: string): Commit | undefined;
  openSession(ttl: number, late: Late): string;
  endSession(id: string, late: Late): void;
  /** Tells `listener` of every change, until the returned function is called. */
  subscribe(listener: Listener): () => void;
  /** Calls back after the calls that are being made now: many changes in one turn are one look. */
  soon(callback: () => void): void;
  /** Bounded, idempotent. */
  close(): void;
}

/** True when the caller's deadline has passed: asked as late as can be, and nothing is written then. */
export type Late = () => boolean;

/** Another process holds the lock: nothing was done, and the same attempt may succeed a little later. */
export class Busy extends Error {
  override readonly name = 'Busy';
}
