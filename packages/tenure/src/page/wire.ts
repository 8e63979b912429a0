/*
 * What the server of `tenure ui` and its page tell each other: JSON, in both directions. Times of day are ISO 8601 by the
 * server's clock; ages are milliseconds.
 */

export interface MemberJson {
  readonly name: string;
  /** By the keys of the cluster: `leader`, `sync_standby`, … */
  readonly role: string;
  readonly state: string;
  readonly host: string;
  readonly timeline: number | null;
  /** Bytes behind the leader; `null` when it is not known. */
  readonly lag: number | null;
  readonly tags: readonly string[];
  /** Why it waits for a restart; empty when it does not. */
  readonly pendingRestart: string;
  /** It will never expire: its key was written without a session. */
  readonly permanent: boolean;
  readonly problem: string;
}

export interface LeaderJson {
  readonly name: string;
  readonly token: number | null;
  /** When it took office, and who says so; `null` when nobody does. */
  readonly since: { readonly at: string; readonly from: 'history' | 'watch' } | null;
}

/** One line of the history key. */
export interface PastLeaderJson {
  readonly timeline: number;
  readonly leader: string;
  readonly at: string;
  readonly reason: string;
}

/** Who led while the server watched. `leader` is empty while nobody did. */
export interface TermJson {
  readonly leader: string;
  readonly token: number | null;
  /** When it was first seen. A term that was there before the server is marked. */
  readonly from: string;
  readonly before: boolean;
  /** Absent while it lasts. */
  readonly to?: string;
}

/** One change of the configuration while the server watched. */
export interface ConfigChangeJson {
  readonly at: string;
  readonly version: string;
  /** A unified diff in YAML. */
  readonly diff: string;
}

export interface CandidatesJson {
  readonly eligible: readonly string[];
  readonly ineligible: readonly {
    readonly name: string;
    /** Why it cannot, but for how far it is behind. */
    readonly reason: string;
    /** It is too far behind: bytes, and how many it may be at most. */
    readonly behind: { readonly lag: number; readonly most: number } | null;
    /** It may take over at a time that is still to come. */
    readonly later: boolean;
  }[];
}

/** The change of the leader that is asked for. */
export interface FailoverJson {
  /** Without its time; empty when nothing is asked for. */
  readonly text: string;
  /** At once when it is `null`. */
  readonly scheduledAt: string | null;
  readonly version: string | null;
}

/** One cluster: a scope, or one group of it. */
export interface ClusterJson {
  readonly id: string;
  readonly scope: string;
  readonly group: number | null;
  readonly leader: LeaderJson | null;
  readonly timeline: number;
  readonly systemId: string;
  readonly paused: boolean;
  readonly synchronous: string;
  readonly members: readonly MemberJson[];
  readonly config: { readonly text: string; readonly version: string | null; readonly problem: string };
  readonly failover: FailoverJson;
  readonly history: readonly PastLeaderJson[];
  readonly terms: readonly TermJson[];
  readonly configChanges: readonly ConfigChangeJson[];
  readonly problems: readonly { readonly key: string; readonly message: string }[];
  readonly candidates: CandidatesJson;
}

/** How much of what is shown can be believed. */
export interface Freshness {
  /** The store could not confirm the state for a while. */
  readonly stale: boolean;
  /** Milliseconds since the state was surely that of the store. While it is not stale, that of the last change. */
  readonly age: number;
}

export interface HelloEvent extends Freshness {
  readonly namespace: string;
  readonly store: string;
  readonly writable: boolean;
  /** There is something to sign out of. */
  readonly signedIn: boolean;
  /** Milliseconds: a state that is not stale was confirmed within them. */
  readonly confirmedWithin: number;
  /** Milliseconds between two signs of life of the server. */
  readonly beat: number;
  readonly clusters: readonly ClusterJson[];
}

export interface ClustersEvent extends Freshness {
  readonly changed: readonly ClusterJson[];
  readonly gone: readonly string[];
}

/** What every request to write names. */
export interface Target {
  readonly scope: string;
  readonly group: number | null;
}

export interface PauseRequest extends Target {
  readonly paused: boolean;
  /** The configuration as it was shown. */
  readonly seen: Seen;
}

export interface ConfigRequest extends Target {
  /** In YAML. */
  readonly text: string;
  readonly seen: Seen;
  /** Tell what would be written. */
  readonly dryRun: boolean;
}

export interface SwitchoverRequest extends Target {
  readonly leader: string;
  /** The healthiest when it is `null`. */
  readonly candidate: string | null;
  /** ISO 8601 with an offset; now when it is `null`. */
  readonly scheduled: string | null;
  /** The version of the failover key as it was shown. */
  readonly failoverVersion: string | null;
}

export interface FlushRequest extends Target {
  /** The version of the failover key as it was shown. */
  readonly failoverVersion: string | null;
}

/** A configuration as it was shown: its version guards the write, its text tells what came between. */
export interface Seen {
  readonly version: string | null;
  readonly text: string;
}

/** What a request to write is answered with; `refusal` only when it was refused. */
export interface Answer {
  readonly message: string;
  /** A unified diff of what is, or would be, written. */
  readonly diff?: string;
  /** What to consider before it is written. */
  readonly warnings?: readonly string[];
  /** The change of the leader that was asked for or taken back, or that stands instead. */
  readonly failover?: FailoverJson;
  readonly refusal?: Refusal;
}

/** The configuration was changed by somebody else. */
export interface Refusal {
  /** A unified diff of what came between. */
  readonly theirs: string;
  readonly now: Seen;
  /** The asker's change put into theirs; absent when both changed the same. */
  readonly merged?: string;
  /** The fields that both changed. */
  readonly conflicts: readonly string[];
}
