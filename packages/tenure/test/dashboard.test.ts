import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Metrics } from 'tenure/metrics';
import { prometheusName } from '../src/metrics/prometheus-name.ts';
import { INSTRUMENTS } from '../src/telemetry/instruments.ts';
import { parseExposition } from './exposition.ts';
import { parseQuery } from './promql.ts';

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly description?: string;
  readonly datasource?: { readonly uid: string };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string; readonly refId: string }[];
}

interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly query: string | { readonly query: string } }[];
  };
}

const docs = (file: string) => readFileSync(new URL(`../../../docs/${file}`, import.meta.url), 'utf8');
const dashboard = JSON.parse(docs('grafana-dashboard.json')) as Dashboard;
const queries = dashboard.panels.flatMap(({ title, targets = [] }) => targets.map((target) => ({ title, ...target })));

/** What is really exported, with its labels. */
const exported = new Map<string, { readonly kind: string; readonly labels: readonly string[] }>(
  Object.values(INSTRUMENTS).map((instrument) => [prometheusName(instrument), instrument]),
);

/** The metric that a series of it belongs to: a histogram has three kinds. */
function metricOf(series: string): string {
  const family = series.replace(/_(bucket|sum|count)$/, '');
  return exported.get(family)?.kind === 'histogram' ? family : series;
}

/** Grafana fills its variables in before Prometheus reads the query. */
function filled(expr: string): string {
  return expr.replaceAll('$__rate_interval', '5m').replaceAll(/\$(store|scope)/g, '.*');
}

test('the catalogue is what is exported', async () => {
  using metrics = new Metrics();
  const families = parseExposition(await metrics.text());
  assert.deepEqual(
    [...families].map(([name, { type }]) => [name, type]),
    [...exported].map(([name, { kind }]) => [name, kind]),
  );
});

test('each query of the dashboard is PromQL, of metrics that exist and labels that they have', () => {
  assert.ok(queries.length > 0);
  for (const { title, expr, legendFormat } of queries) {
    const { metrics, labels } = parseQuery(filled(expr));
    for (const series of metrics) {
      const metric = exported.get(metricOf(series));
      assert.ok(metric !== undefined, `${title}: there is no metric ${series}`);
      const theirs = [...metric.labels, ...(series.endsWith('_bucket') ? ['le'] : [])];
      for (const label of labels) assert.ok(theirs.includes(label), `${title}: ${series} has no label ${label}`);
      for (const [, label = ''] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) {
        assert.ok(theirs.includes(label), `${title}: the legend names ${label}`);
        if (/\bby \(/.test(expr)) assert.ok(labels.includes(label), `${title}: ${label} is aggregated away`);
      }
      if (metric.kind !== 'gauge') assert.match(expr, /\b(rate|increase)\(/, `${title}: a counter without its rate`);
    }
  }
});

test('every metric is on the dashboard', () => {
  const shown = new Set(queries.flatMap(({ expr }) => parseQuery(filled(expr)).metrics.map(metricOf)));
  assert.deepEqual(
    [...exported.keys()].filter((name) => !shown.has(name)),
    [],
  );
});

test('the variables come from metrics that exist, and the panels from the chosen source', () => {
  for (const { name, query } of dashboard.templating.list) {
    if (typeof query === 'string') continue;
    const [, metric = '', label = ''] = /^label_values\((\w+)(?:\{.*\})?, (\w+)\)$/.exec(query.query) ?? [];
    assert.ok(exported.get(metric)?.labels.includes(label), `${name}: ${query.query}`);
  }
  for (const { type, title, datasource } of dashboard.panels) {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's variable
    if (type !== 'row') assert.equal(datasource?.uid, '${datasource}', title);
  }
});

test('the panels have numbers of their own, say what they show, and do not lie on each other', () => {
  const { panels } = dashboard;
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  const taken = new Map<string, string>();
  for (const {
    title,
    type,
    description = '',
    gridPos: { x, y, w, h },
  } of panels) {
    if (type !== 'row') assert.notEqual(description, '', title);
    assert.ok(x >= 0 && x + w <= 24, `${title} is wider than the page`);
    for (let column = x; column < x + w; column++) {
      for (let line = y; line < y + h; line++) {
        assert.equal(taken.get(`${column} ${line}`), undefined, `${title} lies on it`);
        taken.set(`${column} ${line}`, title);
      }
    }
  }
});

test('the page lists every metric, with its kind and its labels', () => {
  const rows = [...docs('observability.md').matchAll(/^\| `(tenure_\w+)`\s*\| (\w+)\s*\| ([^|]*?)\s*\|/gm)];
  const listed = rows.map(([, name, kind, labels = '']) => [
    name,
    kind,
    [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label),
  ]);
  assert.deepEqual(
    listed,
    [...exported].map(([name, { kind, labels }]) => [name, kind, labels]),
  );
});
