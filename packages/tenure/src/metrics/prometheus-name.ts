import type { Instrument } from '../telemetry/instruments.ts';

/**
 * By Prometheus' rules (prometheus.io/docs/practices/naming): words joined by underscores, then the base unit, then `_total` for
 * what accumulates. OpenTelemetry's own exporter derives the same names.
 */
export function prometheusName({ name, kind, unit }: Instrument): string {
  const words = name.replaceAll('.', '_');
  return `${words}${unit === 's' ? '_seconds' : ''}${kind === 'counter' ? '_total' : ''}`;
}
