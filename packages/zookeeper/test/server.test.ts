import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Dcs, DcsError } from '@tenure/core';
import { startZooKeeper } from '../../../test/servers/index.ts';
import { type Address, FaultProxy } from '../../conformance/src/proxy.ts';
import { look, put, Raw, until } from './help.ts';
import { cluster, connect, raw, TICK } from './one-server.ts';

let count = 0;

const fresh = () => `/test-${count++}`;

const addressOf = (endpoint = ''): Address => ({ host: '127.0.0.1', port: Number(endpoint.split(':')[1]) });

suite('znodes', () => {
  test('parents are permanent, without data, and no keys; a key below a key is one', async () => {
    await using store = connect();
    const root = fresh();
    await put(store, `${root}/b/members/node1`, '{}');
    assert.equal(await raw.get(`${root}/b/members`), undefined);
    assert.deepEqual([...(await store.read(`${root}/`)).entries.keys()], [`${root}/b/members/node1`]);
    await put(store, `${root}/b/members`, '');
    assert.equal((await look(store, `${root}/b/members`))?.value, '');
  });

  test('what another program made: empty directories are none, also without children by now; empty leaves are keys', async () => {
    await using store = connect();
    const root = fresh();
    for (const path of [root, `${root}/b`, `${root}/b/members`, `${root}/b/initialize`]) await raw.create(path, '');
    await raw.create(`${root}/b/members/node1`, '{}');
    const { entries } = await store.read(`${root}/b/`);
    assert.deepEqual([...entries.keys()].sort(), [`${root}/b/initialize`, `${root}/b/members/node1`]);
    assert.equal(entries.get(`${root}/b/initialize`)?.value, '');
    const watch = store.watch(`${root}/b/`)[Symbol.asyncIterator]();
    await watch.next();
    await raw.remove(`${root}/b/members/node1`);
    const left = [`${root}/b/initialize`];
    assert.deepEqual([...(await watch.next()).value.entries.keys()], left);
    await watch.return?.();
    assert.deepEqual([...(await store.read(`${root}/b/`)).entries.keys()], left);
    const key = `${root}/b/members`;
    const taken = await store.commit({ guards: [{ key, version: null }], writes: [{ type: 'put', key, value: '' }] });
    assert.notEqual(taken, undefined);
    assert.equal((await look(store, key))?.value, '');
  });

  test('version 0 counts in a multi: a stale one does not clobber', async () => {
    await using store = connect();
    const key = `${fresh()}/k`;
    const first = await put(store, key, 'first');
    await raw.set(key, 'second');
    const stale = { guards: [{ key, version: first }], writes: [{ type: 'put' as const, key, value: 'stale' }] };
    assert.equal(await store.commit(stale), undefined);
    assert.equal(await store.commit({ guards: stale.guards, writes: [] }), undefined);
    assert.equal((await look(store, key))?.value, 'second');
  });

  test('case 51: a recreated key has another version, though its znode starts at 0 again', async () => {
    await using store = connect();
    const key = `${fresh()}/k`;
    const first = await put(store, key, 'x');
    await raw.remove(key);
    await raw.create(key, 'x');
    assert.notEqual((await look(store, key))?.version, first);
    assert.equal(await store.commit({ guards: [{ key, version: first }], writes: [] }), undefined);
  });

  test('keys below a bound key, and a bound key with keys below it, are LIMIT', async () => {
    await using store = connect();
    await using session = await store.openSession(store.limits.minTtl);
    const root = fresh();
    await put(store, `${root}/bound`, 'x', session);
    await assert.rejects(put(store, `${root}/bound/k`, 'x'), (error) => DcsError.is(error, 'LIMIT'));
    await put(store, `${root}/dir/k`, 'x');
    await assert.rejects(put(store, `${root}/dir`, 'x', session), (error) => DcsError.is(error, 'LIMIT'));
    const absent = { guards: [{ key: `${root}/bound/k`, version: null }], writes: [] };
    assert.ok(await store.commit(absent), 'there can be nothing below a bound key');
  });

  test('a commit of more than the server takes at once is LIMIT, and is not sent', async () => {
    await using store = connect();
    const root = fresh();
    const value = 'x'.repeat(store.limits.maxValueBytes / 2);
    const writes = ['a', 'b', 'c'].map((name) => ({ type: 'put' as const, key: `${root}/${name}`, value }));
    await assert.rejects(store.commit({ guards: [], writes }), (error) => DcsError.is(error, 'LIMIT'));
    assert.equal((await store.read(`${root}/`)).entries.size, 0);
  });
});

suite('sessions', () => {
  test('one commit cannot bind keys to two sessions, nor to one of another store', async () => {
    await using store = connect();
    await using other = connect();
    await using one = await store.openSession(store.limits.minTtl);
    await using two = await store.openSession(store.limits.minTtl);
    await using foreign = await other.openSession(store.limits.minTtl);
    const root = fresh();
    const bind = (name: string, session: typeof one) => ({
      type: 'put' as const,
      key: `${root}/${name}`,
      value: '',
      session,
    });
    await assert.rejects(store.commit({ guards: [], writes: [bind('a', one), bind('b', two)] }), TypeError);
    await assert.rejects(one.renew({ guards: [], writes: [bind('a', two)] }), TypeError);
    await assert.rejects(store.commit({ guards: [], writes: [bind('a', foreign)] }), TypeError);
    assert.equal((await store.read(`${root}/`)).entries.size, 0);
  });

  test('case 36: ttl and guaranteed follow from what the server granted', async () => {
    // The server grants no more than 120 s and no less than two ticks.
    await using store = connect({ maxTtl: 600_000 });
    await using usual = await store.openSession(9000);
    assert.deepEqual([usual.ttl, usual.guaranteed], [9000, 6000 - 750 - TICK]);
    await using capped = await store.openSession(300_000);
    assert.deepEqual([capped.ttl, capped.guaranteed], [300_000, 120_000 - 15_000 - TICK]);
    await using modest = connect({ tickTime: 100 });
    await using raised = await modest.openSession(600);
    assert.deepEqual([raised.ttl, raised.guaranteed], [1000 + 200, 1000 - 125 - 100]);
  });

  test('case 36: a Dcs tells what was granted, and warns once of a longer ttl and of a shorter guarantee', async () => {
    const warnings: string[] = [];
    const listen = (warning: Error) => void warnings.push(`${warning.name}: ${warning.message}`);
    process.on('warning', listen);
    await using long = connect({ maxTtl: 600_000 });
    await using modest = connect({ tickTime: 100 });
    const granted = async (store: typeof long, ttl: number) => {
      await using dcs = new Dcs({ store, scope: fresh().slice(1), name: 'a', timing: { ttl } });
      await dcs.keepAlive();
      return dcs.granted;
    };
    const capped = { asked: 240_000, ttl: 240_000, guaranteed: 120_000 - 15_000 - TICK };
    const raised = { asked: 750, ttl: 1250, guaranteed: 1000 - 125 - 100 };
    for (const _ of [1, 2]) {
      assert.deepEqual(await granted(long, 240_000), capped);
      assert.deepEqual(await granted(modest, 750), raised);
    }
    assert.equal((await granted(long, 9000))?.ttl, 9000);
    process.off('warning', listen);
    assert.deepEqual(warnings, [
      'TenureWarning: zookeeper: a session with a ttl of 240000 ms guarantees 104500 ms and not 139500: the servers grant ' +
        'less than they are configured here to grant',
      'TenureWarning: zookeeper: a ttl of 750 ms was asked for and 1250 ms were granted: keys of a dead process live that long',
    ]);
  });

  test('a process that lives and does not renew: pings stop, and the keys go by ttl and a tick', async () => {
    await using store = connect();
    await using observer = connect();
    const session = await store.openSession(3000);
    const key = `${fresh()}/k`;
    const opened = performance.now();
    await put(store, key, '', session);
    await until('the keys go', async () => (await look(observer, key)) === undefined);
    const lasted = performance.now() - opened;
    // Not before the pings stopped and the timeout ran out. The server's clock is its tick; the rest is the machine's.
    assert.ok(lasted > session.guaranteed && lasted < session.ttl + TICK + 5000, `${lasted} ms`);
    await assert.rejects(session.renew(), (error) => DcsError.is(error, 'SESSION_LOST'));
  });

  test('bound puts are signs of life for the server, yet do not keep a session that is not renewed', async () => {
    await using store = connect();
    await using observer = connect();
    const session = await store.openSession(3000);
    const key = `${fresh()}/k`;
    const opened = performance.now();
    await put(store, key, '', session);
    const lost = await until('the session is lost', async () => {
      const outcome = await put(store, key, '', session).catch((error: unknown) => error);
      await sleep(100);
      // The server ends the session's connection: a put that is under way then is of unknown outcome, and the next one tells.
      return outcome instanceof Error && !DcsError.is(outcome, 'UNAVAILABLE') && outcome;
    });
    assert.ok(DcsError.is(lost, 'SESSION_LOST'), String(lost));
    const lasted = performance.now() - opened;
    assert.ok(lasted > session.guaranteed && lasted < session.ttl + TICK + 5000, `${lasted} ms`);
    assert.equal(await look(observer, key), undefined);
  });

  test('between renewals that come in time pings keep the session, for far longer than the timeout', async () => {
    await using store = connect();
    const session = await store.openSession(3000);
    const key = `${fresh()}/k`;
    const version = await put(store, key, '', session);
    for (let n = 0; n < 6; n++) {
      await sleep(session.ttl / 3);
      assert.ok(await session.renew({ guards: [{ key, version }], writes: [] }));
    }
    await session.end();
  });

  test('a renewal after a lull takes a tick longer, so that the leader has surely heard of the session', async () => {
    await using store = connect();
    await using session = await store.openSession(store.limits.minTtl);
    const took = async () => {
      const started = performance.now();
      await session.renew();
      return performance.now() - started;
    };
    assert.ok((await took()) < TICK, 'pings go on: no need to wait');
    // Pings stop a third of the ttl after the renewal; an eighth of the timeout later none counts any more.
    await sleep(session.ttl * (1 / 3 + 1 / 6));
    // Timers may fire a millisecond early.
    assert.ok((await took()) >= TICK - 2);
  });

  test('a dead server among the hosts is passed over', async () => {
    await using deaf = await FaultProxy.open(addressOf(cluster.endpoints[0]));
    await using _ = deaf.hang();
    const hosts = [`127.0.0.1:${deaf.address.port}`, '127.0.0.1:1', ...cluster.endpoints];
    for (let n = 0; n < 4; n++) {
      await using store = connect({ hosts });
      await store.read('/nothing/');
      await using session = await store.openSession(15_000);
      await session.renew();
    }
  });

  test('a connection that dies in silence is found by pings, and the session goes on over another', async () => {
    await using proxy = await FaultProxy.open(addressOf(cluster.endpoints[0]));
    await using store = connect({ hosts: [`127.0.0.1:${proxy.address.port}`] });
    await using session = await store.openSession(9000);
    const key = `${fresh()}/k`;
    const version = await put(store, key, '', session);
    const before = proxy.accepted;
    proxy.halfOpen();
    await until('both connections are made again', () => proxy.accepted >= before + 2);
    assert.ok(await session.renew({ guards: [{ key, version }], writes: [] }));
  });
});

suite('limits of the server', () => {
  test('case 86: a quota is LIMIT, though the library does not know the code', async () => {
    const limited = await startZooKeeper({ version: '3.9', tickTime: TICK, config: ['enforceQuota=true'] });
    try {
      await using admin = await Raw.open(limited.endpoints);
      for (const path of ['/zookeeper/quota/q']) await admin.create(path, '');
      await admin.create('/q', '');
      await admin.create('/zookeeper/quota/q/zookeeper_limits', 'count=1,bytes=-1,byteHardLimit=-1;countHardLimit=1');
      await admin.create('/zookeeper/quota/q/zookeeper_stats', 'count=1,bytes=0');
      await using full = connect({ hosts: limited.endpoints });
      const error = await full.commit({ guards: [], writes: [{ type: 'put', key: '/q/k', value: '' }] }).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      assert.ok(DcsError.is(error, 'LIMIT') && !error.maybeApplied, String(error));
      await full.read('/q/');
    } finally {
      await limited.stop();
    }
  });
});
