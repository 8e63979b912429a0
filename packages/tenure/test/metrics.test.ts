import assert from 'node:assert/strict';
import { channel } from 'node:diagnostics_channel';
import { type TestContext, test } from 'node:test';
import { type Harness, memoryHarness } from '@tenure/conformance';
import { Dcs, type Timing } from '@tenure/core';
import { Counter, Registry } from 'prom-client';
import { Metrics } from 'tenure/metrics';
import { TermsSeen } from '../src/telemetry/terms-seen.ts';
import { type Family, parseExposition, sampled } from './exposition.ts';
import { until } from './tools.ts';

/** Nothing expires by itself, however busy the machine. */
const CALM: Partial<Timing> = { ttl: 60_000 };

async function scrape(metrics: Metrics): Promise<Map<string, Family>> {
  return parseExposition(await metrics.text());
}

function counting(t: TestContext): Metrics {
  const metrics = new Metrics();
  t.after(() => metrics.close());
  return metrics;
}

async function member(
  t: TestContext,
  harness: Harness,
  name: string,
  options: { timing?: Partial<Timing>; scope?: string; group?: number } = {},
) {
  const store = await harness.connect();
  const dcs = new Dcs({ store, scope: 's', name, timing: CALM, ownStore: true, ...options });
  t.after(async () => await dcs.close());
  return dcs;
}

async function win(dcs: Dcs) {
  const lease = await dcs.acquire();
  assert.ok(lease !== undefined, `${dcs.name} does not lead`);
  return lease;
}

const CHANNELS = ['operation', 'session', 'lease', 'watch', 'leader'].map((name) => channel(`tenure:${name}`));

test('operations are counted by store and outcome, and their durations are a histogram', async (t) => {
  const metrics = counting(t);
  const dcs = await member(t, memoryHarness(), 'a');
  await dcs.config.write({ secret: 'swordfish' }, { version: null });
  await dcs.config.write({ secret: 'swordfish' }, { version: null });
  await dcs.view();
  const text = await metrics.text();
  const families = parseExposition(text);
  const total = (operation: string, outcome: string) =>
    sampled(families, 'tenure_operations_total', { store: dcs.store.name, operation, outcome });
  assert.deepEqual([total('commit', 'ok'), total('commit', 'refused'), total('read', 'ok')], [1, 1, 1]);
  assert.equal(sampled(families, 'tenure_operation_duration_seconds_count', { operation: 'commit' }), 2);
  const sum = sampled(families, 'tenure_operation_duration_seconds_sum', { operation: 'commit' });
  assert.ok(sum !== undefined && sum > 0 && sum < 20, `${sum} s: not in seconds?`);
  assert.equal(sampled(families, 'tenure_operation_retries_total', { operation: 'read' }), 0);
  assert.doesNotMatch(text, /swordfish/);
  assert.equal(metrics.contentType, 'text/plain; version=0.0.4; charset=utf-8');
});

test('a write of unknown outcome and the repeating of a read are counted', async (t) => {
  const metrics = counting(t);
  const harness = memoryHarness();
  const dcs = await member(t, harness, 'a', { timing: { ttl: 1500, retryTimeout: 500 } });
  const heal = await harness.faults?.mute?.(dcs.store);
  await assert.rejects(dcs.config.write({ a: 1 }, { version: null }), { code: 'UNAVAILABLE', maybeApplied: true });
  await heal?.();
  const cut = await harness.faults?.refuse?.(dcs.store);
  const view = dcs.view();
  await until(
    'a second try',
    async () => (sampled(await scrape(metrics), 'tenure_operation_retries_total', { operation: 'read' }) ?? 0) > 0,
  );
  await cut?.();
  await view;
  const families = await scrape(metrics);
  assert.equal(sampled(families, 'tenure_operations_unknown_total', { operation: 'commit' }), 1);
  assert.equal(sampled(families, 'tenure_operations_total', { operation: 'commit', outcome: 'UNAVAILABLE' }), 1);
  assert.ok((sampled(families, 'tenure_operations_total', { operation: 'read', outcome: 'UNAVAILABLE' }) ?? 0) > 0);
});

test('the lease is told as it is at the moment of the scrape', async (t) => {
  const metrics = counting(t);
  const dcs = await member(t, memoryHarness(), 'a');
  const lease = await win(dcs);
  const of = async (name: string) =>
    sampled(await scrape(metrics), `tenure_lease_${name}`, { scope: 's', name: 'a', group: '' });
  const first = await of('remaining_seconds');
  assert.ok(first !== undefined && first > 50 && first <= 60, `${first} s`);
  // No event tells that time passes: the scrape reads the clock.
  await until('a lease that has aged', () => lease.remaining / 1000 < first - 0.05);
  const second = await of('remaining_seconds');
  assert.ok(
    second !== undefined && second <= first - 0.05 && Math.abs(second - lease.remaining / 1000) < 5,
    `${second} s`,
  );
  assert.deepEqual([await of('held'), await of('token')], [1, 1]);
  await lease.release();
  assert.deepEqual([await of('held'), await of('remaining_seconds'), await of('token')], [0, 0, 1]);
  await win(dcs);
  assert.deepEqual([await of('held'), await of('token')], [1, 2]);
});

test('a lease that runs out, and nothing tells, is not held at the scrape after it', async (t) => {
  const metrics = counting(t);
  const dcs = await member(t, memoryHarness(), 'a', { timing: { ttl: 300 } });
  await win(dcs);
  const held = async () => sampled(await scrape(metrics), 'tenure_lease_held', { name: 'a' });
  assert.equal(await held(), 1);
  // The event loop is blocked past the end, so that no timer has ended the lease when the gauge is read.
  const end = performance.now() + 400;
  while (performance.now() < end);
  assert.equal(await held(), 0);
});

test('retime is seen at once: what remains, and the session that was granted', async (t) => {
  const metrics = counting(t);
  const dcs = await member(t, memoryHarness(), 'a');
  await win(dcs);
  await dcs.retime({ ttl: 20_000 });
  const families = await scrape(metrics);
  const remaining = sampled(families, 'tenure_lease_remaining_seconds', { name: 'a' });
  assert.ok(remaining !== undefined && remaining <= 20 && remaining > 10, `${remaining} s`);
  assert.equal(sampled(families, 'tenure_session_ttl_seconds', { scope: 's' }), 20);
  assert.equal(sampled(families, 'tenure_session_guaranteed_seconds', { scope: 's' }), 20);
  assert.equal(sampled(families, 'tenure_session_events_total', { scope: 's', event: 'opened' }), 2);
  await dcs.close();
  assert.equal(sampled(await scrape(metrics), 'tenure_session_ttl_seconds', { scope: 's' }), undefined);
});

test('renewals tell how near the end they came, and which were late', async (t) => {
  const metrics = counting(t);
  const dcs = await member(t, memoryHarness(), 'a', { timing: { ttl: 60_000, loopWait: 400 } });
  const lease = await win(dcs);
  await lease.renew();
  const before = lease.remaining;
  const late = async () => sampled(await scrape(metrics), 'tenure_lease_renewals_late_total', { scope: 's' });
  assert.equal(await late(), 0);
  await until('one and a half loopWait', () => lease.remaining < before - 1.5 * 400);
  await lease.renew();
  assert.equal(await late(), 1);
  const families = await scrape(metrics);
  assert.equal(sampled(families, 'tenure_lease_renewal_margin_seconds_count', { scope: 's' }), 2);
  assert.equal(sampled(families, 'tenure_lease_renewal_margin_seconds_bucket', { scope: 's', le: '30' }), 0);
  assert.equal(sampled(families, 'tenure_lease_renewal_margin_seconds_bucket', { scope: 's', le: '60' }), 2);
  assert.equal(sampled(families, 'tenure_lease_events_total', { name: 'a', event: 'renewed' }), 2);
  assert.equal(sampled(families, 'tenure_lease_events_total', { name: 'a', event: 'lost' }), 0);
});

test('each term is counted once, whether it was won here or seen in a view', async (t) => {
  const metrics = counting(t);
  const harness = memoryHarness();
  const [a, b] = [await member(t, harness, 'a'), await member(t, harness, 'b')];
  const changes = async () => sampled(await scrape(metrics), 'tenure_leader_changes_total', { scope: 's' });
  const views = b.watch();
  await views.next();
  const first = await win(a);
  await a.view();
  await views.next();
  assert.equal(await changes(), 1);
  await first.release();
  await win(b);
  await a.view();
  assert.equal(await changes(), 2);
});

test('a term is new once, by its token and its leader, and an older one never', () => {
  const seen = new TermsSeen();
  const told = [
    ['a', 5],
    // A watch that lags behind what this process has won itself.
    ['b', 4],
    ['a', 5],
    ['a', 6],
    // A Patroni does not count the epoch up.
    ['p', 6],
    ['p', 6],
    ['q', undefined],
    ['q', undefined],
  ] as const;
  assert.deepEqual(
    told.map(([leader, token]) => seen.isNew('s', leader, token)),
    [true, false, false, true, true, false, true, false],
  );
  assert.equal(seen.isNew('another', 'a', 1), true);
});

test('who begins to listen in the middle knows no more than it heard', async (t) => {
  const harness = memoryHarness();
  const dcs = await member(t, harness, 'a', { timing: { ttl: 3000, loopWait: 300 } });
  const lease = await win(dcs);
  const views = dcs.watch();
  await views.next();
  const heal = await harness.faults?.cut?.(dcs.store);
  assert.equal((await views.next()).value?.stale, true);
  const metrics = counting(t);
  await heal?.();
  assert.equal((await views.next()).value?.stale, false);
  await lease.renew();
  const families = await scrape(metrics);
  // A watch that had gone stale before is fresh now: not one less than none.
  assert.equal(sampled(families, 'tenure_watches_stale', { scope: 's' }), 0);
  // What was left of the lease before its first renewal is not known.
  assert.equal(sampled(families, 'tenure_lease_renewal_margin_seconds_count', { scope: 's' }), undefined);
  assert.equal(sampled(families, 'tenure_lease_held', { name: 'a' }), 1);
});

test('two groups of one scope are two leases', async (t) => {
  const metrics = counting(t);
  const harness = memoryHarness();
  await win(await member(t, harness, 'a', { group: 1 }));
  await (await win(await member(t, harness, 'a', { group: 2 }))).release();
  const families = await scrape(metrics);
  const held = (group: string) => sampled(families, 'tenure_lease_held', { name: 'a', group });
  assert.deepEqual([held('1'), held('2')], [1, 0]);
});

test('watches that are stale are counted while they are, and those that end so no longer', async (t) => {
  const metrics = counting(t);
  const harness = memoryHarness();
  const dcs = await member(t, harness, 'a', { timing: { ttl: 1500, loopWait: 300 } });
  const stale = async () => sampled(await scrape(metrics), 'tenure_watches_stale', { scope: 's' });
  const views = dcs.watch();
  const next = async () => (await views.next()).value;
  await next();
  const heal = await harness.faults?.cut?.(dcs.store);
  assert.equal((await next())?.stale, true);
  assert.equal(await stale(), 1);
  await heal?.();
  assert.equal((await next())?.stale, false);
  assert.equal(await stale(), 0);
  await harness.faults?.cut?.(dcs.store);
  assert.equal((await next())?.stale, true);
  assert.equal(await stale(), 1);
  await views.return?.();
  assert.equal(await stale(), 0);
  const count = async (event: string) =>
    sampled(await scrape(metrics), 'tenure_watch_events_total', { scope: 's', event });
  assert.deepEqual([await count('stale'), await count('fresh'), await count('ended')], [2, 1, 1]);
});

test('what a label may hold is escaped', async (t) => {
  const metrics = counting(t);
  await win(await member(t, memoryHarness(), 'a"\\ü', { scope: 'x"\\{}é' }));
  assert.equal(sampled(await scrape(metrics), 'tenure_lease_held', { scope: 'x"\\{}é', name: 'a"\\ü' }), 1);
});

test("a registry of the daemon's own holds its metrics and ours, until close", async (t) => {
  const registry = new Registry();
  new Counter({ name: 'mine_total', help: "The daemon's own.", registers: [registry] }).inc(3);
  const metrics = new Metrics({ registry });
  await win(await member(t, memoryHarness(), 'a'));
  const both = await scrape(metrics);
  assert.deepEqual([sampled(both, 'mine_total'), sampled(both, 'tenure_lease_held')], [3, 1]);
  assert.throws(() => new Metrics({ registry }), /already been registered/);
  metrics.close();
  metrics.close();
  assert.deepEqual([...(await scrape(metrics)).keys()], ['mine_total']);
});

test('nobody listens before the first Metrics and after its close', async (t) => {
  const listening = () => CHANNELS.map(({ hasSubscribers }) => hasSubscribers);
  assert.deepEqual(
    listening(),
    CHANNELS.map(() => false),
  );
  {
    using metrics = new Metrics();
    assert.ok((await metrics.text()).endsWith('\n'));
    assert.deepEqual(
      listening(),
      CHANNELS.map(() => true),
    );
  }
  assert.deepEqual(
    listening(),
    CHANNELS.map(() => false),
  );
  await win(await member(t, memoryHarness(), 'a'));
});
