import assert from 'node:assert/strict';
import { channel } from 'node:diagnostics_channel';
import { type TestContext, test } from 'node:test';
import { context, metrics as globalMetrics, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { memoryHarness } from '@tenure/conformance';
import { Dcs } from '@tenure/core';
import { Metrics } from 'tenure/metrics';
import { TenureInstrumentation } from 'tenure/opentelemetry';
import { parseExposition, sampled } from './exposition.ts';

/** The real SDK, whose spans stay in memory and whose metrics are rendered by its own exporter for Prometheus. */
function sdk(t: TestContext) {
  const spans = new InMemorySpanExporter();
  const tracerProvider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: spans })] });
  const reader = new PrometheusExporter({ preventServerStart: true });
  const meterProvider = new MeterProvider({ readers: [reader] });
  const serializer = new PrometheusSerializer(undefined, false, undefined, true, true);
  const scrape = async () => {
    const { resourceMetrics, errors } = await reader.collect();
    assert.deepEqual(errors, []);
    // This exporter leaves the unit to a comment; Prometheus' own receiver of OTLP appends it, as the specification says
    // (opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics).
    const text = serializer.serialize(resourceMetrics);
    const units = [...text.matchAll(/^# UNIT (\S+) s$/gm)].map(([, name = '']) => name);
    const suffixed = (name: string) => {
      const [stem = name] = /^.*?(?=(?:_bucket|_sum|_count)?$)/.exec(name) ?? [];
      return units.includes(stem) ? `${stem}_seconds${name.slice(stem.length)}` : name;
    };
    return parseExposition(text.replace(/tenure_\w+/g, suffixed));
  };
  t.after(async () => {
    await tracerProvider.shutdown();
    await meterProvider.shutdown();
  });
  return { spans, tracerProvider, meterProvider, scrape };
}

async function member(t: TestContext, harness = memoryHarness()) {
  const store = await harness.connect();
  const dcs = new Dcs({
    store,
    scope: 's',
    name: 'a',
    timing: { ttl: 60_000, loopWait: 300, retryTimeout: 300 },
    ownStore: true,
  });
  t.after(async () => await dcs.close());
  return dcs;
}

test('each call to a store is a span, under the one that is active where it is made', async (t) => {
  const { spans, tracerProvider, meterProvider } = sdk(t);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager());
  t.after(() => context.disable());
  using _ = new TenureInstrumentation({ tracerProvider, meterProvider });
  const dcs = await member(t);
  const tracer = tracerProvider.getTracer('the daemon');
  const began = Date.now();
  await tracer.startActiveSpan('a turn of the loop', async (span) => {
    await dcs.config.write({ secret: 'swordfish' }, { version: null });
    await dcs.config.write({ secret: 'swordfish' }, { version: null });
    span.end();
  });
  const [done, refused, turn] = spans.getFinishedSpans();
  assert.ok(done !== undefined && refused !== undefined && turn !== undefined);
  assert.deepEqual([done.name, refused.name, turn.name], ['tenure.commit', 'tenure.commit', 'a turn of the loop']);
  assert.equal(done.parentSpanContext?.spanId, turn.spanContext().spanId);
  assert.equal(refused.parentSpanContext?.spanId, turn.spanContext().spanId);
  assert.equal(done.kind, SpanKind.CLIENT);
  assert.deepEqual(done.attributes, {
    'tenure.store': dcs.store.name,
    'tenure.scope': 's',
    'tenure.operation': 'commit',
    'tenure.outcome': 'ok',
    'tenure.attempt': 1,
    'tenure.maybe_applied': false,
  });
  // A lost race is an answer.
  assert.equal(refused.attributes['tenure.outcome'], 'refused');
  assert.equal(refused.status.code, SpanStatusCode.UNSET);
  const start = done.startTime[0] * 1000 + done.startTime[1] / 1e6;
  assert.ok(start >= began - 1000 && start <= Date.now(), `${start}`);
  assert.doesNotMatch(JSON.stringify([done.attributes, done.events, refused.attributes]), /swordfish/);
});

test('a call that failed is a span with an error, as long as it took', async (t) => {
  const { spans, tracerProvider, meterProvider } = sdk(t);
  using _ = new TenureInstrumentation({ tracerProvider, meterProvider });
  const harness = memoryHarness();
  const dcs = await member(t, harness);
  const heal = await harness.faults?.mute?.(dcs.store);
  await assert.rejects(dcs.config.write({ a: 1 }, { version: null }), { code: 'UNAVAILABLE' });
  await heal?.();
  const [span] = spans.getFinishedSpans();
  assert.equal(span?.status.code, SpanStatusCode.ERROR);
  assert.equal(span?.attributes['error.type'], 'UNAVAILABLE');
  assert.equal(span?.attributes['tenure.maybe_applied'], true);
  const [seconds = 0, nanoseconds = 0] = span?.duration ?? [];
  // It waited for its retryTimeout, 300 ms.
  assert.ok(seconds + nanoseconds / 1e9 >= 0.29, `${seconds} s ${nanoseconds} ns`);
});

test('the figures are those of tenure/metrics, and under the same names once they are in Prometheus', async (t) => {
  const { tracerProvider, meterProvider, scrape } = sdk(t);
  using _ = new TenureInstrumentation({ tracerProvider, meterProvider });
  using metrics = new Metrics();
  const harness = memoryHarness();
  const dcs = await member(t, harness);
  const lease = await dcs.acquire();
  await lease?.renew();
  const views = dcs.watch();
  await views.next();
  const heal = await harness.faults?.cut?.(dcs.store);
  assert.equal((await views.next()).value?.stale, true);
  await heal?.();
  const [theirs, ours] = [await scrape(), parseExposition(await metrics.text())];
  const sampledNames = (families: typeof ours) =>
    [...families.values()].filter(({ samples }) => samples.length > 0).map(({ name, type }) => `${name} ${type}`);
  assert.deepEqual(sampledNames(theirs).toSorted(), sampledNames(ours).toSorted());
  for (const [name, { type, help, samples }] of ours) {
    const other = theirs.get(name);
    if (samples.length === 0) continue;
    assert.equal(other?.help, help, name);
    for (const { name: series, labels, value } of samples) {
      const same = sampled(theirs, series, labels);
      assert.ok(same !== undefined, `${series} ${JSON.stringify(labels)}`);
      // Each reads the clock for itself: for a gauge at the scrape, for what is left of a lease at the event.
      if (type === 'gauge' || series.endsWith('_sum'))
        assert.ok(Math.abs(same - value) < 5, `${series}: ${same} and ${value}`);
      else assert.equal(same, value, `${series} ${JSON.stringify(labels)}`);
    }
  }
  assert.equal(sampled(theirs, 'tenure_lease_held', { name: 'a' }), 1);
  await views.return?.();
});

test('without providers the global ones are used; after close nothing is told', async (t) => {
  const { spans, tracerProvider, meterProvider, scrape } = sdk(t);
  trace.setGlobalTracerProvider(tracerProvider);
  globalMetrics.setGlobalMeterProvider(meterProvider);
  t.after(() => {
    trace.disable();
    globalMetrics.disable();
  });
  const instrumentation = new TenureInstrumentation();
  const dcs = await member(t);
  await dcs.acquire();
  const count = spans.getFinishedSpans().length;
  assert.ok(count > 0);
  const operations = () =>
    scrape().then((families) => sampled(families, 'tenure_operations_total', { operation: 'open' }));
  assert.equal(await operations(), 1);
  assert.equal(sampled(await scrape(), 'tenure_lease_held', { name: 'a' }), 1);
  instrumentation.close();
  instrumentation.close();
  await dcs.view();
  assert.equal(spans.getFinishedSpans().length, count);
  // The SDK keeps what it was told last.
  const remaining = () => scrape().then((families) => sampled(families, 'tenure_lease_remaining_seconds'));
  const last = await remaining();
  assert.ok(last !== undefined && last > 0);
  assert.equal(await remaining(), last);
  assert.equal(await operations(), 1);
  for (const name of ['operation', 'session', 'lease', 'watch', 'leader']) {
    assert.equal(channel(`tenure:${name}`).hasSubscribers, false, name);
  }
});
