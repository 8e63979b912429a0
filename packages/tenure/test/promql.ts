import assert from 'node:assert/strict';
import { parser } from '@prometheus-io/lezer-promql';

/** What a query of Prometheus asks for. */
export interface Query {
  /** The metrics it names. */
  readonly metrics: readonly string[];
  /** The labels that it selects, groups or orders by; not those that come from functions of its own. */
  readonly labels: readonly string[];
}

/** Reads a query with Prometheus' own grammar. @throws AssertionError with the place of a mistake */
export function parseQuery(text: string): Query {
  const metrics: string[] = [];
  const labels: string[] = [];
  parser.parse(text).iterate({
    enter: ({ type, from, to }) => {
      assert.ok(!type.isError, `not PromQL at ${from}: ${text}`);
      if (type.name === 'VectorSelector') metrics.push(text.slice(from, to).replace(/\{.*$/s, ''));
      if (type.name === 'LabelName') labels.push(text.slice(from, to));
    },
  });
  assert.ok(metrics.length > 0, `no metric: ${text}`);
  return { metrics, labels };
}
