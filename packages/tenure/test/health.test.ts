import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { channel } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Worker } from 'node:worker_threads';
import { memoryHarness } from '@tenure/conformance';
import { type ConfigDocument, Dcs } from '@tenure/core';
import { HealthEndpoint } from 'tenure/health';
import type { Command, Told } from './health-daemon.ts';
import { folder, hostNow, until } from './tools.ts';

const DAEMON = fileURLToPath(new URL('./health-daemon.ts', import.meta.url));

/** Long enough for a slow machine to ask several times before it ends, milliseconds. */
const TTL = 3000;

async function status(port: number, path = '/leader', method = 'GET'): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method });
  await response.arrayBuffer();
  return response.status;
}

/** A member in a process of its own, and what its endpoint says to this one. */
async function daemon(t: TestContext, store: string, name: string, ttl = TTL) {
  const child = fork(DAEMON, [store, name, String(ttl / 1000)], {
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  t.after(() => child.kill('SIGKILL'));
  const heard: Told[] = [];
  child.on('message', (told: Told) => heard.push(told));
  const hear = (type: Told['type']) =>
    until(`${name} ${type}`, () => {
      const index = heard.findIndex((told) => told.type === type);
      return index >= 0 && heard.splice(index, 1)[0];
    });
  const { port = 0 } = await hear('listening');
  const order = (command: Command) => void child.send(command);
  return {
    port,
    hear,
    order,
    heard,
    async obeyed(command: Command): Promise<Told> {
      order(command);
      return await hear('done');
    },
  };
}

async function store(t: TestContext): Promise<string> {
  return `embedded://${join(await folder(t), 'state.db')}`;
}

async function leader(t: TestContext, timing = { ttl: 60_000 }) {
  const harness = memoryHarness();
  const dcs = new Dcs({ store: await harness.connect(), scope: 's', name: 'a', timing, ownStore: true });
  const health = await HealthEndpoint.open(dcs, { port: 0 });
  t.after(async () => {
    await health.close();
    await dcs.close();
  });
  return { dcs, health };
}

/** Another process of the cluster changes the configuration; resolves when the watch of the endpoint, the only one of `dcs`, has told it. */
async function configure(dcs: Dcs, value: ConfigDocument): Promise<void> {
  const operator = new Dcs({ store: dcs.store, scope: 's', name: 'operator' });
  const version = await operator.config.write(value, { version: (await operator.config.read()).version });
  await until('the configuration', () => dcs.latest?.config.version === version);
  await operator.close();
}

test('a daemon that hangs is no leader from its deadline on, and was until then', async (t) => {
  const a = await daemon(t, await store(t), 'a');
  assert.equal(await status(a.port), 503);
  await a.obeyed({ type: 'acquire' });
  // It hangs for longer than the lease can last, and then as long again, in which all must be over.
  a.order({ type: 'hang', ms: 2 * TTL });
  const { deadline = 0, at } = await a.hear('hanging');
  let last200 = 0;
  let first503 = 0;
  while (first503 === 0) {
    const asked = hostNow();
    if ((await status(a.port)) === 200) last200 = asked;
    else first503 = hostNow();
  }
  const { at: woke } = await a.hear('hung');
  assert.ok(last200 > at, 'no 200 from a thread that ran while the other hung');
  assert.ok(last200 < deadline, `200 to a request of ${(last200 - deadline).toFixed(1)} ms after the deadline`);
  assert.ok(first503 >= deadline - 20, `503 ${(deadline - first503).toFixed(1)} ms before the deadline`);
  assert.ok(first503 < woke, 'the 503 came only when the daemon ran again');
});

test('a release ends it at once', async (t) => {
  const a = await daemon(t, await store(t), 'a', 20_000);
  await a.obeyed({ type: 'acquire' });
  assert.equal(await status(a.port), 200);
  await a.obeyed({ type: 'release' });
  assert.equal(await status(a.port), 503);
});

test('an end is known before anything else happens: the daemon hangs in the very turn in which it gives up', async (t) => {
  const a = await daemon(t, await store(t), 'a', 60_000);
  await a.obeyed({ type: 'acquire' });
  a.order({ type: 'hang', ms: TTL, releasing: true });
  await a.hear('hanging');
  await until('503', async () => (await status(a.port)) === 503);
  assert.equal(a.heard.length, 0, 'it does not hang any more');
});

test('a shorter ttl is known at once: the daemon hangs, and is no leader when that has run out', async (t) => {
  const a = await daemon(t, await store(t), 'a', 60_000);
  const { token } = await a.obeyed({ type: 'acquire' });
  await a.obeyed({ type: 'retime', ttl: TTL });
  a.order({ type: 'hang', ms: 2 * TTL });
  await a.hear('hanging');
  assert.equal(await status(a.port), 200);
  await until('503', async () => (await status(a.port)) === 503);
  assert.equal(a.heard.length, 0, 'it does not hang any more');
  const { token: after } = await a.hear('hung');
  assert.equal(token, 1);
  assert.equal(after, undefined);
});

test('while another member takes over from one that hangs, no moment has two that answer 200', async (t) => {
  const url = await store(t);
  const [a, b] = [await daemon(t, url, 'a'), await daemon(t, url, 'b')];
  await a.obeyed({ type: 'acquire' });
  b.order({ type: 'acquire' });
  a.order({ type: 'hang', ms: 2.5 * TTL });
  await a.hear('hanging');
  let lastOfA = 0;
  const watchA = (async () => {
    while (!a.heard.some(({ type }) => type === 'hung')) {
      const asked = hostNow();
      if ((await status(a.port)) === 200) lastOfA = asked;
    }
  })();
  const firstOfB = await until('b leads', async () => (await status(b.port)) === 200 && hostNow());
  await watchA;
  assert.ok(lastOfA > 0 && lastOfA < firstOfB, `a answered 200 to what was asked ${lastOfA - firstOfB} ms after b did`);
  assert.equal((await b.hear('done')).token, 2);
});

test('the checks of a leader, by path and method', async (t) => {
  const { dcs, health } = await leader(t);
  const checks = [
    '/leader',
    '/',
    '/primary',
    '/read-write',
    '/standby-leader',
    '/standby_leader',
    '/leader?x=1',
    '/nope',
  ];
  const statuses = () => Promise.all(checks.map((path) => status(health.port, path)));
  assert.deepEqual(await statuses(), [503, 503, 503, 503, 503, 503, 503, 404]);
  await dcs.acquire();
  assert.deepEqual(await statuses(), [200, 200, 200, 200, 503, 503, 200, 404]);
  for (const method of ['HEAD', 'OPTIONS']) assert.equal(await status(health.port, '/leader', method), 200, method);
  assert.equal(await status(health.port, '/leader', 'POST'), 405);
  await configure(dcs, { standby_cluster: {} });
  assert.deepEqual(
    await statuses(),
    [200, 200, 200, 200, 503, 503, 200, 404],
    'an empty section makes no standby cluster',
  );
  await configure(dcs, { standby_cluster: { host: '10.0.0.1' } });
  assert.deepEqual(await statuses(), [200, 503, 503, 503, 200, 200, 200, 404]);
});

test('a standby cluster that is promoted, and one that is made, is known without a renewal and without a view', async (t) => {
  const { dcs, health } = await leader(t);
  await configure(dcs, { standby_cluster: { host: '10.0.0.1' } });
  await dcs.acquire();
  const kinds = () => Promise.all(['/leader', '/primary', '/standby-leader'].map((path) => status(health.port, path)));
  assert.deepEqual(await kinds(), [200, 503, 200]);
  await configure(dcs, {});
  assert.deepEqual(await kinds(), [200, 200, 503]);
  await configure(dcs, { standby_cluster: { port: 5433 } });
  assert.deepEqual(await kinds(), [200, 503, 200]);
});

test('the body tells who leads, under which token, and for how many seconds', async (t) => {
  const { dcs, health } = await leader(t);
  const body = async () => {
    const response = await fetch(`http://127.0.0.1:${health.port}/leader`);
    assert.equal(response.headers.get('cache-control'), 'no-store');
    return (await response.json()) as Record<string, unknown>;
  };
  assert.deepEqual(await body(), { role: 'not leader', scope: 's', name: 'a' });
  const lease = await dcs.acquire();
  assert.ok(lease !== undefined);
  await until('a lease that has aged', () => lease.remaining < 59_700);
  const { remaining, ...rest } = await body();
  assert.deepEqual(rest, { role: 'primary', scope: 's', name: 'a', token: 1 });
  assert.ok(typeof remaining === 'number' && remaining > 40 && remaining < 59.7, `${String(remaining)} s`);
  await lease.renew();
  assert.ok(Number((await body()).remaining) > remaining, 'the renewal is not known');
});

test('a lease that was won before the endpoint opened is known, and so is each later term', async (t) => {
  const harness = memoryHarness();
  const dcs = new Dcs({
    store: await harness.connect(),
    scope: 's',
    name: 'a',
    timing: { ttl: 60_000 },
    ownStore: true,
  });
  t.after(async () => await dcs.close());
  const lease = await dcs.acquire();
  await using health = await HealthEndpoint.open(dcs, { port: 0 });
  assert.equal(await status(health.port), 200);
  lease?.resign();
  assert.equal(await status(health.port), 503);
  await lease?.release();
  await dcs.acquire();
  assert.equal(await status(health.port), 200);
  await dcs.close();
  assert.equal(await status(health.port), 503);
});

test('another member of the same scope in this process does not answer for it', async (t) => {
  const { dcs, health } = await leader(t);
  const other = await leader(t);
  await other.dcs.acquire();
  assert.deepEqual([await status(health.port), await status(other.health.port)], [503, 200]);
  assert.equal(dcs.lease, undefined);
});

test('a port that is taken is told, and one that is none', async (t) => {
  const { dcs, health } = await leader(t);
  const taken = createServer().listen(0, '127.0.0.1');
  t.after(() => taken.close());
  await once(taken, 'listening');
  const { port } = taken.address() as { port: number };
  await assert.rejects(HealthEndpoint.open(dcs, { port }), { code: 'EADDRINUSE' });
  await assert.rejects(
    HealthEndpoint.open(dcs, { port: 65_536 }),
    /port must be an integer from 0 to 65535, got 65536/,
  );
  await health.close();
  assert.equal(await dcs.view(), dcs.latest, 'a watch was left');
});

test('a thread that breaks down is a warning, every request is refused, and the daemon goes on', async (t) => {
  const made = once(process, 'worker');
  const { dcs, health } = await leader(t);
  await dcs.acquire();
  const warned = once(process, 'warning');
  await ((await made) as [Worker])[0].terminate();
  const [{ name, message }] = (await warned) as [Error];
  assert.deepEqual([name, message], ['TenureWarning', 'the health endpoint of s answers no more: its thread ended']);
  await assert.rejects(status(health.port), /fetch failed/);
  await dcs.lease?.renew();
});

test('after close it answers no more, and neither watches nor listens to the leases', async (t) => {
  const { dcs, health } = await leader(t);
  await dcs.acquire();
  // While a watch runs, and has told a state, it alone says what is latest.
  await until('a first state', () => dcs.latest !== undefined);
  assert.notEqual(await dcs.view(), dcs.latest);
  await health.close();
  await health.close();
  await assert.rejects(status(health.port), /fetch failed/);
  assert.equal(channel('tenure:lease').hasSubscribers, false);
  assert.equal(await dcs.view(), dcs.latest);
});
