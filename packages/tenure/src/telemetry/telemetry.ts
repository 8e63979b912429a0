import type { LeaderEvent, LeaseEvent, OperationEvent, SessionEvent, WatchEvent } from '@tenure/core';
import { listen } from './channels.ts';
import type { CounterKey, GaugeKey, HistogramKey, Labels, Reading } from './instruments.ts';
import { clusterLabels, keyOf } from './labels.ts';
import { LeaseLedger } from './lease-ledger.ts';
import { SessionsInUse } from './sessions-in-use.ts';
import { StaleWatches } from './stale-watches.ts';
import { TermsSeen } from './terms-seen.ts';

const SESSION_EVENTS = ['opened', 'lost', 'ended'] as const satisfies SessionEvent['event'][];
const LEASE_EVENTS = ['acquired', 'renewed', 'retimed', 'lost', 'released'] as const satisfies LeaseEvent['event'][];
const WATCH_EVENTS = ['stale', 'fresh', 'ended'] as const satisfies WatchEvent['event'][];

/** Where figures go as they arise. Values in the instrument's unit. */
export interface Recorder {
  /** `by` may be 0: the series then begins, so that its first increase is seen as one. */
  count<Key extends CounterKey>(key: Key, by: number, labels: Labels<Key>): void;
  record<Key extends HistogramKey>(key: Key, value: number, labels: Labels<Key>): void;
}

/** What the diagnostics channels tell, as figures: counters and histograms as they arise, gauges when they are asked for. */
export class Telemetry {
  readonly #recorder: Recorder;
  readonly #leases = new LeaseLedger();
  readonly #sessions = new SessionsInUse();
  readonly #watches = new StaleWatches();
  readonly #terms = new TermsSeen();
  readonly #leave: () => void;

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
    this.#leave = listen({
      operation: (event) => this.#operation(event),
      session: (event) => this.#session(event),
      lease: (event) => this.#lease(event),
      watch: (event) => this.#watch(event),
      leader: (event) => this.#leader(event),
    });
  }

  /** Listens no more. Idempotent. */
  close(): void {
    this.#leave();
  }

  /** The series of a gauge, at this moment. */
  *read(key: GaugeKey): Iterable<Reading> {
    if (key === 'sessionTtl') yield* this.#sessions.now('ttl');
    else if (key === 'guaranteed') yield* this.#sessions.now('guaranteed');
    else if (key === 'stale') yield* this.#watches.now();
    else {
      for (const { labels, token, remaining } of this.#leases.now()) {
        const value = { held: remaining > 0 ? 1 : 0, remaining: remaining / 1000, token }[key];
        yield { labels, value };
      }
    }
  }

  #operation({ store, operation, outcome, maybeApplied, duration, attempt }: OperationEvent): void {
    this.#recorder.count('operations', 1, { store, operation, outcome });
    this.#recorder.record('duration', duration / 1000, { store, operation });
    this.#recorder.count('retries', attempt > 1 ? 1 : 0, { store, operation });
    this.#recorder.count('unknown', maybeApplied ? 1 : 0, { store, operation });
  }

  #session(event: SessionEvent): void {
    this.#sessions.note(event);
    const { store, scope } = event;
    for (const one of SESSION_EVENTS)
      this.#recorder.count('sessions', one === event.event ? 1 : 0, { store, scope, event: one });
  }

  #lease(event: LeaseEvent): void {
    const cluster = clusterLabels(event);
    const renewal = this.#leases.note(event);
    for (const one of LEASE_EVENTS) {
      this.#recorder.count('leases', one === event.event ? 1 : 0, { ...cluster, name: event.name, event: one });
    }
    if (renewal !== undefined) this.#recorder.record('margin', renewal.margin / 1000, cluster);
    this.#recorder.count('late', renewal?.late === true ? 1 : 0, cluster);
    if (event.event === 'acquired') this.#term(cluster, event.name, event.token);
  }

  #watch(event: WatchEvent): void {
    this.#watches.note(event);
    const cluster = clusterLabels(event);
    for (const one of WATCH_EVENTS)
      this.#recorder.count('staleness', one === event.event ? 1 : 0, { ...cluster, event: one });
  }

  #leader(event: LeaderEvent): void {
    if (event.leader !== undefined) this.#term(clusterLabels(event), event.leader, event.token);
  }

  #term(cluster: Labels<'leaderChanges'>, leader: string, token: number | undefined): void {
    this.#recorder.count('leaderChanges', this.#terms.isNew(keyOf(cluster), leader, token) ? 1 : 0, cluster);
  }
}
