/**
 * A history: what the parties of one run did and saw, one event a line of JSON. All times are milliseconds on one clock
 * that every party of the run shares: virtual time in a simulation, CLOCK_MONOTONIC of the host on real servers.
 */
export type HistoryEvent =
  | RunEvent
  | CallEvent
  | ReturnEvent
  | TermEvent
  | ActEvent
  | ViewEvent
  | StateEvent
  | FaultEvent
  | PauseEvent
  | UncaughtEvent;

interface Moment {
  readonly at: number;
}

/** The first event of a history: what the run promises, in milliseconds. */
export interface RunEvent extends Moment {
  readonly type: 'run';
  /** `etcd`, `embedded`, … and what competes on it: `tenure`, or the name of a control. */
  readonly store: string;
  readonly client: string;
  readonly seed: string;
  readonly ttl: number;
  /** A view that is older than this, and does not say that it is stale, lies. Includes what the run allows a busy machine. */
  readonly staleAfter: number;
  /** With the store sound again a leader exists within this. */
  readonly leaderWithin: number;
  /** How long beyond the ttl the server may take to remove the keys of a session that is gone. */
  readonly grace: number;
}

/** The value of a document in a history: unique to the write that made it. `null`: the document is absent. */
export type Value = string | null;

/** A client began an operation on a document. `id` is unique in the history; what is never returned has an unknown outcome. */
export type CallEvent = Moment & {
  readonly type: 'call';
  readonly client: string;
  readonly id: number;
  readonly document: string;
} & (
    | { readonly operation: 'read' }
    /** `after`: lands only on this value; without it on any. `token`: lands only while this term lasts. */
    | { readonly operation: 'write'; readonly value: string; readonly after?: Value; readonly token?: number }
  );

export interface ReturnEvent extends Moment {
  readonly type: 'return';
  readonly id: number;
  /** `refused`: a guard did not hold; `failed`: surely not done; `unknown`: it may take effect at any later time, or never. */
  readonly outcome: 'ok' | 'refused' | 'failed' | 'unknown';
  /** What a read found. */
  readonly value?: Value;
  /** The code of the error. */
  readonly error?: string;
}

/** What a client was told of its own office. Controls without tokens number their terms in the order of their election. */
export interface TermEvent extends Moment {
  readonly type: 'term';
  readonly client: string;
  readonly token: number;
  readonly event: 'acquired' | 'renewed' | 'lost' | 'released';
  /** Until when the client may act, as it then believes. */
  readonly until?: number;
  readonly reason?: string;
}

/**
 * A client acted as leader at `from`, at `to`, and at every look in between (`count` of them). An act's time is read before the look
 * at the lease that let it pass. `paused`: the longest time from such a look to the end of its act, which is the fence's affair.
 */
export interface ActEvent extends Moment {
  readonly type: 'act';
  readonly client: string;
  readonly token: number;
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly paused: number;
}

/** A client looked at its latest view of the cluster, or was given a new one. */
export interface ViewEvent extends Moment {
  readonly type: 'view';
  readonly client: string;
  /** One watch: views of one are monotonic. */
  readonly watch: string;
  readonly stale: boolean;
  readonly documents: Readonly<Record<string, Value>>;
  /** The name and the term of the leader that it shows. */
  readonly leader?: { readonly name: string; readonly token?: number };
}

/**
 * The server's own state changed: `by` the commit of a client, an expiry, or an administrator, whose values are unique too.
 * `at` is exact in a simulation; on real servers it is when a witness on a sound connection saw it, within `staleAfter`. A
 * witness may skip states, but none that an administrator made; what one snapshot showed has one time. A history tells of a
 * key from beginning to end, or not at all.
 */
export interface StateEvent extends Moment {
  readonly type: 'state';
  /** `leader`, `epoch`, or the name of a document. */
  readonly key: string;
  readonly value: Value;
  readonly by?: 'client' | 'expiry' | 'administrator';
}

/** A fault began or ended. After the `end` of the last one the store is sound. */
export interface FaultEvent extends Moment {
  readonly type: 'fault';
  readonly id: number;
  readonly phase: 'begin' | 'end';
  /** `kill leader`, `cut client`, … */
  readonly fault: string;
  readonly target?: string;
}

/** A client did not run from `from` to `at`: it was stopped, frozen or suspended. */
export interface PauseEvent extends Moment {
  readonly type: 'pause';
  readonly client: string;
  readonly from: number;
}

/** An exception that nobody caught. */
export interface UncaughtEvent extends Moment {
  readonly type: 'uncaught';
  readonly client: string;
  readonly message: string;
}
