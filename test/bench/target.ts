import type { Store } from '@tenure/core';

/** What a program would write against the client library alone, in the same shape as ours. */
export interface Raw extends AsyncDisposable {
  /** One transaction: guards on an absent leader and on the epoch, puts of both, the leader's with a session that is open. */
  acquire(): Promise<void>;
  /** Deletes the leader. */
  release(): Promise<void>;
  /** Prolongs the session, and proves the leader and the epoch, in one round trip's time. */
  renew(): Promise<void>;
  /** Puts a document under guards on the leader and the epoch. */
  write(value: string): Promise<void>;
  /** How many keys are under the prefix. */
  read(prefix: string): Promise<number>;
  /** Calls back on each change under the prefix; absent where the client knows no watch. */
  readonly watch?: (prefix: string, changed: () => void) => Promise<AsyncDisposable>;
}

/** What a server has counted since it started. */
export interface Counts {
  /** Messages of clients, by method. */
  readonly requests: ReadonlyMap<string, number>;
  readonly consensusWrites: number;
}

export interface Target extends AsyncDisposable {
  readonly name: string;
  /** A client of its own, with its own connection. */
  connect(): Store;
  readonly raw?: (prefix: string) => Promise<Raw>;
  /** How a child process connects; absent for a store that lives in this process. */
  readonly address?: { readonly file: string } | { readonly endpoint: string };
  readonly counts?: () => Promise<Counts>;
  /** Milliseconds: the shortest ttl that is sensible here. */
  readonly ttl: number;
  /** Milliseconds beyond the ttl for a takeover after a death. */
  readonly grace: number;
}
