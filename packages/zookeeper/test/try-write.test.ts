import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { DcsError, type Store } from '@tenure/core';
import { tryWrite } from '@tenure/zookeeper';
import { ALL, ANYONE, digestOf, put, Raw, type RawAcl, READ } from './help.ts';
import { cluster, connect, raw } from './one-server.ts';

const [WRITE, CREATE, DELETE] = [2, 4, 8];
const admin = digestOf('admin:secret');

/** Anyone may do this, and the administrator all. */
function but(permission: number): RawAcl[] {
  return [admin, { ...ANYONE, permission }];
}

async function denied(key: string): Promise<boolean> {
  await using store = connect();
  try {
    await tryWrite(store, key);
    return false;
  } catch (error) {
    assert.ok(DcsError.is(error, 'DENIED') && !error.maybeApplied, String(error));
    assert.match(error.message, /^zookeeper: try write: no permission/);
    return true;
  }
}

suite('tryWrite', () => {
  test('a znode that is there wants WRITE of it, and nothing of the one above', async () => {
    await using own = await Raw.open(cluster.endpoints, 'admin:secret');
    await own.create('/there', '', but(READ));
    await own.create('/there/open', 'x', but(READ | WRITE));
    await own.create('/there/closed', 'x', but(ALL & ~WRITE));
    assert.deepEqual([await denied('/there/open'), await denied('/there/closed')], [false, true]);
  });

  test('one that is not there, or ends with a session, wants CREATE and DELETE of the one above', async () => {
    await using own = await Raw.open(cluster.endpoints, 'admin:secret');
    await using store = connect({ authData: { digest: 'admin:secret' } });
    await using session = await store.openSession(store.limits.minTtl);
    for (const [name, permission, wanted] of [
      ['all', READ | CREATE | DELETE, false],
      ['no-create', READ | DELETE | WRITE, true],
      ['no-delete', READ | CREATE | WRITE, true],
    ] as const) {
      await own.create(`/${name}`, '', but(permission));
      await put(store, `/${name}/bound`, 'x', session);
      assert.deepEqual([await denied(`/${name}/missing`), await denied(`/${name}/bound`)], [wanted, wanted], name);
      assert.equal(await denied(`/${name}/new/below`), name === 'no-create');
    }
  });

  test('it writes nothing: no znode is made, changed or deleted, and no watch wakes', async () => {
    await using store = connect();
    await put(store, '/untouched/k', 'x');
    const before = await store.read('/untouched/');
    const base = await raw.changes('/untouched');
    const watch = store.watch('/untouched/')[Symbol.asyncIterator]();
    await watch.next();
    for (const key of ['/untouched/k', '/untouched/new', '/untouched/deep/new']) await tryWrite(store, key);
    assert.deepEqual((await store.read('/untouched/')).entries, before.entries);
    assert.deepEqual(await raw.changes('/untouched'), base);
    const next = watch.next();
    await put(store, '/untouched/k', 'y');
    assert.equal((await next).value?.entries.get('/untouched/k')?.value, 'y');
  });

  test('a store of another kind and a key that can be none are TypeErrors', async () => {
    await using store = connect();
    const other = { name: 'etcd' } as Store;
    await assert.rejects(tryWrite(other, '/k'), { name: 'TypeError', message: /etcd is not a store of zookeeper/ });
    await assert.rejects(tryWrite(store, 'k'), { name: 'TypeError', message: /must begin with a slash/ });
  });
});
