import { type MeterProvider, metrics, type TracerProvider, trace } from '@opentelemetry/api';
import { listen } from '../telemetry/channels.ts';
import { Figures } from './figures.ts';
import { spanOf } from './span.ts';

export interface TenureInstrumentationOptions {
  /** Default: the global one at the time of construction. */
  readonly meterProvider?: MeterProvider;
  /** Default: the global one. */
  readonly tracerProvider?: TracerProvider;
}

/** What spans and figures say they come from. */
const SCOPE = 'tenure';

/**
 * OpenTelemetry of everything that Tenure does in this process, from the moment of construction: a span for each call to a store, under the
 * span that is active where it is made, and the figures of `tenure/metrics` as instruments. Make it once the SDK has started: the
 * global meter provider is looked up here. Until one is made nothing is built, and it costs nothing.
 */
export class TenureInstrumentation implements Disposable {
  readonly #figures: Figures;
  readonly #leave: () => void;

  constructor(options: TenureInstrumentationOptions = {}) {
    const { meterProvider = metrics.getMeterProvider(), tracerProvider = trace.getTracerProvider() } = options;
    const tracer = tracerProvider.getTracer(SCOPE);
    this.#figures = new Figures(meterProvider.getMeter(SCOPE));
    this.#leave = listen({ operation: (event) => spanOf(tracer, event) });
  }

  /** Tells no more. Idempotent. */
  close(): void {
    this.#leave();
    this.#figures.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
