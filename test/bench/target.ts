import type { Store } from '@tenure/core';
import { file } from '@tenure/embedded';
import { connect as connectTo, type Server } from '../clients/connect.ts';

/** Milliseconds, of an idle daemon: in real time, so that what a watch asks by itself is counted too. Ten seconds are usual. */
export const LOOP_WAIT = 1000;

export type Address = { readonly file: string } | { readonly server: Server; readonly endpoint: string };

/** A client of its own. */
export function connect(address: Address): Store {
  return 'file' in address ? file(address.file) : connectTo(address.server, address.endpoint);
}

/** What a program would write against the client library alone, in the same shape as ours. */
export interface Raw extends AsyncDisposable {
  /** One transaction: guards on an absent leader and on the epoch, puts of both, the leader's with a session that is open. */
  acquire(): Promise<void>;
  /** Deletes the leader. */
  release(): Promise<void>;
  /** Prolongs the session, and proves the leader and the epoch, in as few round trips as the store takes for that. */
  renew(): Promise<void>;
  /** Puts a document under guards on the leader and the epoch. */
  write(value: string): Promise<void>;
  /** How many keys are under the prefix. */
  read(prefix: string): Promise<number>;
  /** Calls back on each change under the prefix; absent where the client knows no watch. */
  readonly watch?: (prefix: string, changed: () => void) => Promise<AsyncDisposable>;
}

/** Messages of clients, by method. */
export type Requests = ReadonlyMap<string, number>;

/** What a server has counted since it started. */
export interface Counts {
  readonly requests: Requests;
  /** What it had to agree on with its quorum, and to write. */
  readonly consensusWrites: number;
}

export interface Target extends AsyncDisposable {
  readonly name: string;
  /** A client of its own, with its own connection. */
  connect(): Store;
  readonly raw?: (prefix: string) => Promise<Raw>;
  /** How a child process connects; absent for a store that lives in this process. */
  readonly address?: Address;
  readonly counts?: () => Promise<Counts>;
  /** Of counted requests of so many milliseconds by one watching member, how many were reads. */
  readonly reads: (requests: Requests, time: number) => number;
  /** Of the requests of one loop of so many leaders, how many prolonged a session. */
  readonly renewals?: (requests: Requests, leaders: number) => number;
  /** How often a daemon's loop goes round in a ttl. */
  readonly loopsPerTtl: number;
  /** Milliseconds: the shortest ttl that is sensible here. */
  readonly ttl: number;
  /** Milliseconds beyond the ttl for a takeover after a death. */
  readonly grace: number;
}
