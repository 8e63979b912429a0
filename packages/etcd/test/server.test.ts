import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, describe, test } from 'node:test';
import { Dcs } from '@tenure/core';
import { type EtcdCluster, startEtcd } from '../../../test/servers/index.ts';
import { etcd } from '../src/index.ts';
import { Follower, handled, TcpProxy, until } from './help.ts';

for (const version of ['3.4', '3.5'] as const) {
  describe(`etcd ${version}, one node`, async () => {
    let cluster: EtcdCluster;
    let endpoint: string;
    test('starts', async () => {
      cluster = await startEtcd({ version, fast: true });
      endpoint = cluster.endpoints[0] ?? '';
    });
    after(async () => await cluster?.stop());

    test('commit, guards, sessions and their end', async () => {
      await using store = etcd({ endpoints: [endpoint] });
      const session = await store.openSession(1000);
      assert.ok(session.ttl >= 1000 && session.guaranteed === session.ttl);
      const key = '/basic/leader';
      const put = { type: 'put', key, value: 'n1', session } as const;
      const first = await store.commit({ guards: [{ key, version: null }], writes: [put] });
      const version = first?.versions.get(key);
      assert.ok(version !== undefined);
      assert.equal(await store.commit({ guards: [{ key, version: null }], writes: [put] }), undefined);
      assert.deepEqual([...((await session.renew({ guards: [{ key, version }], writes: [] }))?.versions ?? [1])], []);
      assert.deepEqual((await store.read('/basic/')).entries.get(key), { value: 'n1', version, session: session.id });
      await session.end();
      await session.end();
      assert.equal((await store.read('/basic/')).entries.size, 0);
      await assert.rejects(session.renew(), { code: 'SESSION_LOST' });
      await assert.rejects(store.commit({ guards: [], writes: [put] }), { code: 'SESSION_LOST', maybeApplied: false });
    });

    test('a session that nobody renews is gone, and says so', async () => {
      await using store = etcd({ endpoints: [endpoint] });
      const session = await store.openSession(1000);
      await store.commit({ guards: [], writes: [{ type: 'put', key: '/expiry/a', value: '1', session }] });
      await until('the key is gone', async () => (await store.read('/expiry/')).entries.size === 0);
      const unguarded = { guards: [], writes: [{ type: 'put', key: '/expiry/b', value: '1' } as const] };
      await assert.rejects(session.renew(unguarded), { code: 'SESSION_LOST', maybeApplied: true });
      const bound = { guards: [], writes: [{ type: 'put', key: '/expiry/c', value: '1', session } as const] };
      await assert.rejects(session.renew(bound), { code: 'SESSION_LOST', maybeApplied: false });
      assert.deepEqual([...(await store.read('/expiry/')).entries.keys()], ['/expiry/b']);
    });

    test('a ttl that is no whole number of seconds is granted longer: a Dcs tells it, and warns once', async () => {
      const warnings: Error[] = [];
      const listen = (warning: Error) => void warnings.push(warning);
      process.on('warning', listen);
      await using store = etcd({ endpoints: [endpoint] });
      for (const scope of ['granted1', 'granted2']) {
        await using dcs = new Dcs({ store, scope, name: 'a', timing: { ttl: 1500 } });
        await dcs.keepAlive();
        assert.deepEqual(dcs.granted, { asked: 1500, ttl: 2000, guaranteed: 2000 });
      }
      await using exact = new Dcs({ store, scope: 'granted3', name: 'a', timing: { ttl: 2000 } });
      await exact.keepAlive();
      process.off('warning', listen);
      // The other version's tests run in this process too.
      const told = version === '3.4' ? ['TenureWarning'] : [];
      assert.deepEqual(
        warnings.map(({ name }) => name),
        told,
      );
      for (const { message } of warnings)
        assert.match(message, /^etcd: a ttl of 1500 ms was asked for and 2000 ms were/);
    });

    test('every key, the limits, and what is over them', async () => {
      await using store = etcd({ endpoints: [endpoint] });
      const value = 'x'.repeat(store.limits.maxValueBytes);
      assert.ok(await store.commit({ guards: [], writes: [{ type: 'put', key: '/limits/large', value }] }));
      assert.equal((await store.read('')).entries.get('/limits/large')?.value.length, value.length);
      const half = value.slice(0, value.length / 2 + 20_000);
      const writes = ['a', 'b'].map((key) => ({ type: 'put', key: `/limits/${key}`, value: half }) as const);
      await assert.rejects(store.commit({ guards: [], writes }), { code: 'LIMIT', maybeApplied: false });
      const many = Array.from(
        { length: 64 },
        (_, i) => ({ type: 'put', key: `/limits/many/${i}`, value: '' }) as const,
      );
      const guards = many.map(({ key }) => ({ key, version: null }));
      assert.equal((await store.commit({ guards, writes: many }))?.versions.size, 64);
      await assert.rejects(
        store.commit({ guards, writes: [...many, { type: 'delete', key: '/limits/one-more' }] }),
        RangeError,
      );
    });

    test('an idle watch costs no reads, and stays confirmed', async () => {
      await using store = etcd({ endpoints: [endpoint] });
      const staleAfter = 800;
      const follower = new Follower(store, '/idle/', staleAfter);
      await until('the first state', () => follower.last !== undefined);
      const before = handled(await cluster.metrics(0), 'Range');
      assert.ok(before > 0, 'the first read was counted');
      const began = store.clock.now();
      await until('several times staleAfter', () => store.clock.now() - began > 4 * staleAfter);
      assert.equal(handled(await cluster.metrics(0), 'Range'), before);
      await store.commit({ guards: [], writes: [{ type: 'put', key: '/idle/a', value: '1' }] });
      await until('the change', () => follower.value('/idle/a') === '1');
      assert.ok(follower.seen.every((snapshot) => !snapshot.stale));
      assert.ok(store.clock.now() - (follower.last?.asOf ?? 0) < staleAfter);
      await follower.stop();
      assert.equal(follower.error, undefined);
    });

    test('a watch goes on after its connection broke and history was compacted meanwhile', async () => {
      await using proxy = new TcpProxy(endpoint);
      await using store = etcd({ endpoints: [await proxy.listen()] });
      await using direct = etcd({ endpoints: [endpoint] });
      const follower = new Follower(store, '/compact/', 2000);
      await until('the first state', () => follower.last !== undefined);
      proxy.mode = 'hole';
      proxy.cut();
      for (const value of ['1', '2', '3']) {
        await direct.commit({ guards: [], writes: [{ type: 'put', key: '/compact/a', value }] });
      }
      const { header } = JSON.parse(await cluster.ctl(['get', '/compact/a', '-w', 'json']));
      await cluster.ctl(['compact', String(header.revision)]);
      proxy.mode = 'pass';
      proxy.cut();
      await until('the last value', () => follower.value('/compact/a') === '3');
      await follower.stop();
    });

    test('a half-open connection is found in seconds, by calls and by watches', async () => {
      await using proxy = new TcpProxy(endpoint);
      await using store = etcd({ endpoints: [await proxy.listen()] });
      const follower = new Follower(store, '/half/', 2000);
      await until('the first state', () => follower.last !== undefined);
      proxy.mute();
      const write = { type: 'put', key: '/half/a', value: '1' } as const;
      await assert.rejects(store.commit({ guards: [], writes: [write] }, { timeout: 500 }), {
        code: 'UNAVAILABLE',
        maybeApplied: true,
      });
      // The connection that gave no answer is left: the next call, and the watch after one unanswered request, take a new one.
      assert.equal((await store.read('/half/', { timeout: 2000 })).entries.get('/half/a')?.value, '1');
      await until('the watch', () => follower.value('/half/a') === '1', 4000);
      await follower.stop();
    });

    test('a store has one connection for calls and one for watches, however much runs on them', async () => {
      await using proxy = new TcpProxy(endpoint);
      await using store = etcd({ endpoints: [await proxy.listen()] });
      const followers = ['a', 'b', 'c'].map((name) => new Follower(store, `/connections/${name}`, 2000));
      for (const follower of followers) await until('the first state', () => follower.last !== undefined);
      const session = await store.openSession(5000);
      for (let i = 0; i < 20; i++) await session.renew();
      await Promise.all(Array.from({ length: 20 }, () => store.read('/connections/')));
      await session.end();
      assert.equal(proxy.accepted, 2);
      await followers[0]?.stop();
    });

    test('abort, deadline and close settle calls on a connection that gives no answer', async () => {
      await using proxy = new TcpProxy(endpoint);
      proxy.mode = 'hole';
      const store = etcd({ endpoints: [await proxy.listen()] });
      const began = performance.now();
      await assert.rejects(store.read('/', { timeout: 300 }), { code: 'UNAVAILABLE' });
      const reason = new Error('enough');
      const abort = new AbortController();
      const aborted = assert.rejects(store.read('/', { signal: abort.signal }), reason);
      abort.abort(reason);
      await aborted;
      await assert.rejects(store.read('/', { signal: abort.signal }), reason);
      const pending = assert.rejects(store.openSession(5000), { code: 'CLOSED' });
      const follower = new Follower(store, '/', 1000);
      await store.close();
      await pending;
      await until('the watch has ended', () => follower.error !== undefined);
      assert.ok(performance.now() - began < 3000);
      await assert.rejects(store.read('/'), { code: 'CLOSED' });
      await store.close();
    });

    test('nothing is left open after close: a process with a store ends by itself', async () => {
      const script = `
        import { etcd } from ${JSON.stringify(new URL('../src/index.ts', import.meta.url).href)};
        const store = etcd({ endpoints: [${JSON.stringify(endpoint)}] });
        const session = await store.openSession(5000);
        await session.renew();
        const iterator = store.watch('/left/')[Symbol.asyncIterator]();
        await iterator.next();
        await store.close();
        await iterator.next().catch(() => {});
        const deadline = performance.now() + 3000;
        const open = () => process.getActiveResourcesInfo().filter((it) => !/Immediate|PipeWrap|TTYWrap|FSReq/.test(it));
        while (open().length > 0 && performance.now() < deadline) await new Promise((done) => setImmediate(done));
        if (open().length > 0) console.log(open().join());
      `;
      const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let output = '';
      child.stdout.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
      const timer = setTimeout(() => child.kill('SIGKILL'), 20_000);
      const [code] = await once(child, 'close');
      clearTimeout(timer);
      assert.deepEqual([code, output], [0, '']);
    });
  });
}
