import type { Counter, Histogram, Meter, ObservableGauge, ObservableResult } from '@opentelemetry/api';
import { type GaugeKey, INSTRUMENTS, type Instrument, type InstrumentKey } from '../telemetry/instruments.ts';
import { Telemetry } from '../telemetry/telemetry.ts';

/** The figures of the telemetry as instruments of a meter. */
export class Figures {
  readonly #telemetry: Telemetry;
  readonly #counters = new Map<InstrumentKey, Counter>();
  readonly #histograms = new Map<InstrumentKey, Histogram>();
  readonly #gauges: (() => void)[] = [];

  constructor(meter: Meter) {
    for (const [key, instrument] of Object.entries(INSTRUMENTS)) this.#make(meter, key as InstrumentKey, instrument);
    this.#telemetry = new Telemetry({
      count: (key, by, labels) => this.#counters.get(key)?.add(by, labels),
      record: (key, value, labels) => this.#histograms.get(key)?.record(value, labels),
    });
  }

  /** Idempotent. */
  close(): void {
    this.#telemetry.close();
    for (const remove of this.#gauges.splice(0)) remove();
  }

  #make(meter: Meter, key: InstrumentKey, { name, kind, help, unit, buckets }: Instrument): void {
    const options = { description: help, ...(unit === undefined ? {} : { unit }) };
    if (kind === 'counter') this.#counters.set(key, meter.createCounter(name, options));
    else if (kind === 'histogram') {
      const advice = { explicitBucketBoundaries: [...(buckets ?? [])] };
      this.#histograms.set(key, meter.createHistogram(name, { ...options, advice }));
    } else this.#observe(meter.createObservableGauge(name, options), key as GaugeKey);
  }

  #observe(gauge: ObservableGauge, key: GaugeKey): void {
    const observe = (result: ObservableResult) => {
      for (const { labels, value } of this.#telemetry.read(key)) result.observe(value, labels);
    };
    gauge.addCallback(observe);
    this.#gauges.push(() => gauge.removeCallback(observe));
  }
}
