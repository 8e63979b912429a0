import { Counter, Gauge, Histogram, type Metric, Registry } from 'prom-client';
import {
  type CounterKey,
  type GaugeKey,
  type HistogramKey,
  INSTRUMENTS,
  type Instrument,
  type InstrumentKey,
} from '../telemetry/instruments.ts';
import { Telemetry } from '../telemetry/telemetry.ts';
import { prometheusName } from './prometheus-name.ts';

export interface MetricsOptions {
  /** Where the metrics are registered, beside the daemon's own. Default: a registry of their own. */
  readonly registry?: Registry;
}

/**
 * Prometheus metrics of everything that Tenure does in this process, from the moment of construction: what its diagnostics
 * channels tell, and the leases at the moment of the scrape. Until one is made nothing is counted, and it costs nothing.
 */
export class Metrics implements Disposable {
  readonly registry: Registry;
  readonly #telemetry: Telemetry;
  readonly #metrics = new Map<InstrumentKey, Metric>();

  /** @throws Error of `prom-client` when the registry has metrics of these names already */
  constructor({ registry = new Registry() }: MetricsOptions = {}) {
    this.registry = registry;
    for (const [key, instrument] of Object.entries(INSTRUMENTS)) {
      this.#metrics.set(key as InstrumentKey, this.#metric(key as InstrumentKey, instrument));
    }
    this.#telemetry = new Telemetry({
      count: (key, by, labels) => this.#counter(key).inc(labels, by),
      record: (key, value, labels) => this.#histogram(key).observe(labels, value),
    });
  }

  /** The `Content-Type` of `text`. */
  get contentType(): string {
    return this.registry.contentType;
  }

  /** The whole registry in Prometheus' text format, the daemon's own metrics included. */
  async text(): Promise<string> {
    return await this.registry.metrics();
  }

  /** Counts no more, and takes these metrics out of the registry. Idempotent. */
  close(): void {
    this.#telemetry.close();
    for (const key of this.#metrics.keys()) this.registry.removeSingleMetric(prometheusName(INSTRUMENTS[key]));
    this.#metrics.clear();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #metric(key: InstrumentKey, instrument: Instrument): Metric {
    const { kind, help, labels: labelNames, buckets } = instrument;
    const config = { name: prometheusName(instrument), help, labelNames, registers: [this.registry] };
    if (kind === 'counter') return new Counter(config);
    if (kind === 'histogram') return new Histogram({ ...config, buckets: [...(buckets ?? [])] });
    const collect = () => this.#collect(key as GaugeKey);
    return new Gauge({ ...config, collect });
  }

  #collect(key: GaugeKey): void {
    const gauge = this.#metrics.get(key) as Gauge;
    gauge.reset();
    for (const { labels, value } of this.#telemetry.read(key)) gauge.set(labels, value);
  }

  #counter(key: CounterKey): Counter {
    return this.#metrics.get(key) as Counter;
  }

  #histogram(key: HistogramKey): Histogram {
    return this.#metrics.get(key) as Histogram;
  }
}
