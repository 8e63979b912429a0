import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { DcsError, systemClock } from '@tenure/core';
import { parseHost } from '../src/options.ts';
import { code, type ZkOp } from '../src/rpc.ts';
import { Servers } from '../src/servers.ts';
import { ZkWire } from '../src/wire.ts';
import { ALL, ANYONE, digestOf, look, put, Raw, READ, until } from './help.ts';
import { cluster, connect, raw } from './one-server.ts';

const isDenied = (error: unknown) => DcsError.is(error, 'DENIED') && !error.maybeApplied;

suite('numbered cases on a real server', () => {
  test('case 9: the id of a session is exact, though it is more than a number can hold', async () => {
    await using store = connect();
    for (let n = 0; n < 5; n++) {
      await using session = await store.openSession(store.limits.minTtl);
      await put(store, '/case9/k', '', session);
      const owner = await raw.owner('/case9/k');
      assert.ok(owner > BigInt(Number.MAX_SAFE_INTEGER), `${owner}`);
      assert.equal(session.id, owner.toString());
      assert.equal((await look(store, '/case9/k'))?.session, session.id);
    }
  });

  test('case 48: version 0 is no wildcard in any part of a multi', async () => {
    await raw.create('/case48', '');
    await raw.set('/case48', 'second');
    const wire = new ZkWire({
      servers: new Servers(cluster.endpoints.map((host) => parseHost(host, 'hosts'))),
      timeout: 10_000,
      handshake: 5000,
      tls: () => undefined,
      auth: [],
      acls: [{ permissions: ALL, scheme: 'world', id: 'anyone' }],
      clock: systemClock,
      keepUp: () => false,
    });
    try {
      await wire.ready({ signal: AbortSignal.timeout(10_000) });
      const path = '/case48';
      const stale: readonly ZkOp[] = [
        { type: 'check', path, version: 0 },
        { type: 'set', path, data: Buffer.from('stale'), version: 0 },
        { type: 'delete', path, version: 0 },
      ];
      for (const op of stale) assert.equal((await wire.multi([op], true)).error, code.badVersion, op.type);
      assert.equal((await wire.multi([{ type: 'check', path, version: 1 }], true)).error, 0);
      assert.equal((await raw.get(path))?.toString(), 'second');
    } finally {
      await wire.closeSession();
    }
  });

  test('case 92: who may only read reads and watches; what it writes is DENIED at once', async () => {
    const acls = [digestOf('admin:secret'), { permission: READ, id: ANYONE.id }];
    await raw.create('/case92', '', acls);
    await using admin = await Raw.open(cluster.endpoints, 'admin:secret');
    await admin.create('/case92/k', 'x', acls);
    await using store = connect();
    assert.equal((await look(store, '/case92/k'))?.value, 'x');
    const watch = store.watch('/case92/')[Symbol.asyncIterator]();
    assert.equal((await watch.next()).value?.entries.get('/case92/k')?.value, 'x');
    await assert.rejects(put(store, '/case92/k', 'y'), isDenied);
    await assert.rejects(put(store, '/case92/new', 'y'), isDenied);
    await using session = await store.openSession(store.limits.minTtl);
    await assert.rejects(put(store, '/case92/k', 'y', session), isDenied);
    const own = [{ type: 'put', key: '/case92/k', value: 'y' }] as const;
    await assert.rejects(session.renew({ guards: [], writes: own }), isDenied);
    assert.ok(await session.renew(), 'the session lives all the same');
    assert.equal((await look(store, '/case92/k'))?.value, 'x');
  });

  test('case 94: a znode that only one digest may read is read with it, by reads and watches, and DENIED without', async () => {
    const acls = [digestOf('patroni:secret')];
    await raw.create('/case94', undefined, acls);
    await using store = connect({ authData: { digest: 'patroni:secret' } });
    await using owner = await Raw.open(cluster.endpoints, 'patroni:secret');
    await owner.create('/case94/k', 'x', acls);
    assert.equal((await look(store, '/case94/k'))?.value, 'x');
    const watch = store.watch('/case94/')[Symbol.asyncIterator]();
    assert.equal((await watch.next()).value?.entries.size, 1);
    await put(store, '/case94/k', 'y');
    await until('the change', async () => (await watch.next()).value?.entries.get('/case94/k')?.value === 'y');
    for (const options of [{}, { authData: { digest: 'patroni:wrong' } }]) {
      await using other = connect(options);
      await assert.rejects(other.read('/case94/'), isDenied);
      await assert.rejects(put(other, '/case94/k', 'z'), isDenied);
      await assert.rejects(other.watch('/case94/')[Symbol.asyncIterator]().next(), isDenied);
    }
  });
});
