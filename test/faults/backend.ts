import type { Store, Timing } from '@tenure/core';
import type { HostedCluster } from './hosted.ts';

/** A server process of a cluster. */
export interface Node {
  readonly alive: boolean;
  readonly frozen: boolean;
  freeze(): Promise<void>;
  thaw(): void;
  /** At once, as a crash does. */
  kill(): Promise<void>;
  /** As an operator does. */
  terminate(): Promise<void>;
  restart(): Promise<void>;
}

/** Three servers of one cluster. */
export interface Cluster extends AsyncDisposable {
  readonly nodes: readonly Node[];
  /** `host:port` of each, in the order of `nodes`. */
  readonly endpoints: readonly string[];
  /** Resolves when every node that runs serves with a quorum. */
  ready(): Promise<void>;
  /** The index of the only one that says it leads. */
  leaderIndex(): Promise<number>;
}

type Times = Pick<Timing, 'ttl' | 'loopWait' | 'retryTimeout'>;

/** What the outage tests know of a store besides its contract. */
export interface Backend {
  readonly name: string;
  start(): Promise<Cluster>;
  /** Needs what `mayNotMakeHosts` looks for. */
  startHosted(): Promise<HostedCluster>;
  connect(endpoints: readonly string[]): Store;
  /** Room for one renewal that fails and another, in whatever moment a fault comes. */
  readonly roomy: Times;
  /** For leases that are to run out: the shorter, the sooner. */
  readonly short: Times;
  /** Milliseconds after which a server that hears nothing of its leader stands for election; a round that fails is repeated. */
  readonly election: number;
  /** Milliseconds that the store may need beyond a session's ttl until it has ended it. */
  readonly expiry: number;
  /** A server that loses its leader breaks its clients' connections: they try the others, dead ones too. */
  readonly dropsClients?: true;
  /** Milliseconds after a fault by which a holder under `short` has stopped. Default: the ttl. */
  readonly stopped?: number;
  /** Whether a leader that stood still for longer than a session lasts is to be started anew rather than to go on. Default: no. */
  readonly restartsFrozenLeader?: boolean;
}
