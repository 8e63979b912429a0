import type { Clock } from './clock.ts';
import type { Versioned } from './codec.ts';
import type { ConfigDocument } from './documents/config.ts';
import type { FailoverRequest } from './documents/failover.ts';
import type { Failsafe } from './documents/failsafe.ts';
import type { HistoryLine } from './documents/history.ts';
import type { MemberData } from './documents/member.ts';
import type { Status } from './documents/status.ts';
import type { SyncState } from './documents/sync.ts';
import type { Layout } from './layout.ts';
import type { Snapshot, Version } from './store.ts';
import { ViewReader } from './view-reader.ts';

export interface MemberView {
  readonly name: string;
  /** The session that the member ends with; absent when the key was written without one. */
  readonly session?: string;
  readonly version: Version;
  /** Empty when the value could not be read. */
  readonly data: MemberData;
  readonly problem?: string;
}

export interface LeaderView {
  /** Empty in an invalid lock, which nobody holds and nobody can take. */
  readonly name: string;
  /** Absent when the key was written without one: it will never expire. */
  readonly session?: string;
  readonly version: Version;
  /** The epoch, when there is a valid one. A leader that is a Patroni does not count it up. */
  readonly token?: number;
  /** Absent when the leader's member key is gone or was never there. */
  readonly member?: MemberView;
}

/** A value or a key that is not what it should be. */
export interface Problem {
  readonly key: string;
  readonly message: string;
}

/** One state of a cluster. Immutable: nothing in it changes but its age. */
export interface ClusterView {
  readonly namespace: string;
  readonly scope: string;
  readonly group: number | undefined;
  readonly leader?: LeaderView;
  /** Sorted by name. */
  readonly members: readonly MemberView[];
  readonly config: Versioned<ConfigDocument>;
  readonly sync: Versioned<SyncState>;
  readonly failover: Versioned<FailoverRequest>;
  readonly history: Versioned<readonly HistoryLine[]>;
  /** The version is always that of `status`, also when the value comes from the `optime/leader` of an old Patroni. */
  readonly status: Versioned<Status>;
  readonly initialize: Versioned<string>;
  readonly failsafe: Versioned<Failsafe>;
  /** The number of the last term; 0 when there was none. With a problem it is 0 too, and no term may be started. */
  readonly epoch: { readonly value: number; readonly version: Version | null; readonly problem?: string };
  /** For a coordinator, group 0: the view of every other group. Empty for all others. */
  readonly workers: ReadonlyMap<number, ClusterView>;
  /** For a reader without a group: the view of each group of the scope, the coordinator's among them. Empty for all others. */
  readonly groups: ReadonlyMap<number, ClusterView>;
  /** Every bad value of this cluster, and every key under it that is not of this layout; a worker's are in its own view. */
  readonly problems: readonly Problem[];
  /** The moment on the clock at which this surely was the state. */
  readonly asOf: number;
  /** The state could not be confirmed for a while. */
  readonly stale: boolean;
  /** Nobody holds the lock: there is no leader key, or an invalid one. */
  readonly isUnlocked: boolean;
  /** From the history: 0 when it is not known. */
  readonly timeline: number;
  /** Milliseconds since `asOf`. */
  age(): number;
}

/** What a snapshot of `layout.viewPrefix` says. Never throws for what is stored: a bad value is a problem of its own field. */
export function parseView(layout: Layout, snapshot: Snapshot, clock: Clock): ClusterView {
  return new ViewReader(layout, snapshot, clock).read();
}
