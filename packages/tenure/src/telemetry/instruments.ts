/** One figure that is kept. Both renderings come from it: Prometheus' metrics and OpenTelemetry's instruments. */
export interface Instrument {
  /** As OpenTelemetry writes it; Prometheus' name is derived from it. */
  readonly name: string;
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  /** Seconds are the only unit. */
  readonly unit?: 's';
  /** Upper bounds of a histogram, in its unit. */
  readonly buckets?: readonly number[];
}

/** From a call on loopback to the longest `retryTimeout` that is likely. */
const CALL_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** What is left of a lease: 20 of 30 seconds, as Patroni's timing has it, is healthy; under 1 is luck. */
const MARGIN_BUCKETS = [0.1, 0.25, 0.5, 1, 2.5, 5, 7.5, 10, 15, 20, 30, 60];

const CLUSTER = ['store', 'scope', 'group'] as const;
const MEMBER = [...CLUSTER, 'name'] as const;

/** All that is kept. No label holds a value, a credential or a session's id. */
export const INSTRUMENTS = {
  operations: {
    name: 'tenure.operations',
    kind: 'counter',
    help: 'Calls to a store: read, commit, open, renew, end; ok, refused, aborted or an error code.',
    labels: ['store', 'operation', 'outcome'],
  },
  duration: {
    name: 'tenure.operation.duration',
    kind: 'histogram',
    unit: 's',
    help: 'How long a call to a store took, whatever came of it.',
    labels: ['store', 'operation'],
    buckets: CALL_BUCKETS,
  },
  retries: {
    name: 'tenure.operation.retries',
    kind: 'counter',
    help: 'Calls that repeated a failed one: reads and openings only.',
    labels: ['store', 'operation'],
  },
  unknown: {
    name: 'tenure.operations.unknown',
    kind: 'counter',
    help: 'Writes of which nobody knows whether they took effect.',
    labels: ['store', 'operation'],
  },
  sessions: {
    name: 'tenure.session.events',
    kind: 'counter',
    help: 'Sessions opened, lost on the store, and ended by us. The scope of a shared session is *.',
    labels: ['store', 'scope', 'event'],
  },
  sessionTtl: {
    name: 'tenure.session.ttl',
    kind: 'gauge',
    unit: 's',
    help: 'The ttl that the store granted to the session in use: how long its keys live without a renewal.',
    labels: ['store', 'scope'],
  },
  guaranteed: {
    name: 'tenure.session.guaranteed',
    kind: 'gauge',
    unit: 's',
    help: 'For how long from the sending of a renewal the store surely keeps the keys of the session in use.',
    labels: ['store', 'scope'],
  },
  leases: {
    name: 'tenure.lease.events',
    kind: 'counter',
    help: 'What became of leases: acquired, renewed, retimed, lost, released.',
    labels: [...MEMBER, 'event'],
  },
  held: {
    name: 'tenure.lease.held',
    kind: 'gauge',
    help: '1 while the lease is valid at the moment of the scrape, else 0.',
    labels: MEMBER,
  },
  remaining: {
    name: 'tenure.lease.remaining',
    kind: 'gauge',
    unit: 's',
    help: 'Validity left at the moment of the scrape; 0 when the lease is not held.',
    labels: MEMBER,
  },
  token: {
    name: 'tenure.lease.token',
    kind: 'gauge',
    help: 'The fencing token of the last term of this member in this process.',
    labels: MEMBER,
  },
  margin: {
    name: 'tenure.lease.renewal.margin',
    kind: 'histogram',
    unit: 's',
    help: 'Validity that was left when a renewal was answered: how near the lease came to its end.',
    labels: CLUSTER,
    buckets: MARGIN_BUCKETS,
  },
  late: {
    name: 'tenure.lease.renewals.late',
    kind: 'counter',
    help: 'Renewals answered more than one and a half loopWait after the one before.',
    labels: CLUSTER,
  },
  stale: {
    name: 'tenure.watches.stale',
    kind: 'gauge',
    help: 'Watches whose state could not be confirmed for loopWait, and still cannot.',
    labels: CLUSTER,
  },
  staleness: {
    name: 'tenure.watch.events',
    kind: 'counter',
    help: 'Watches that went stale, became fresh again, or ended while they were stale.',
    labels: [...CLUSTER, 'event'],
  },
  leaderChanges: {
    name: 'tenure.leader.changes',
    kind: 'counter',
    help: 'Terms that this process saw begin, its own among them, whoever leads.',
    labels: CLUSTER,
  },
} as const satisfies Record<string, Instrument>;

export type InstrumentKey = keyof typeof INSTRUMENTS;

type Keys<Kind extends Instrument['kind']> = {
  [Key in InstrumentKey]: (typeof INSTRUMENTS)[Key]['kind'] extends Kind ? Key : never;
}[InstrumentKey];

export type CounterKey = Keys<'counter'>;
export type GaugeKey = Keys<'gauge'>;
export type HistogramKey = Keys<'histogram'>;

/** One value for each label of the instrument. An empty one is, to Prometheus, a label that is not there. */
export type Labels<Key extends InstrumentKey> = Readonly<Record<(typeof INSTRUMENTS)[Key]['labels'][number], string>>;

/** One series of a gauge. Values in the instrument's unit. */
export interface Reading {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}
