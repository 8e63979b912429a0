import assert from 'node:assert/strict';
import type { Guard, Store } from '@tenure/core';
import { type Definition, define } from '../case.ts';
import { absent, long, look, put, remove, valueAt, versionOf, write } from './tools.ts';

async function holds(store: Store, ...guards: Guard[]): Promise<boolean> {
  return (await store.commit({ guards, writes: [] })) !== undefined;
}

export const guardCases: readonly Definition[] = [
  define('guard: null holds while the key is absent, and only then', async (t) => {
    const store = await t.connect();
    const key = t.key('k');
    assert.equal(await holds(store, absent(key)), true);
    await put(store, key, '');
    assert.equal(await holds(store, absent(key)), false);
    assert.equal(await store.commit({ guards: [absent(key)], writes: [write(key, 'second')] }), undefined);
    assert.equal(await valueAt(store, key), '');
    await remove(store, key);
    assert.equal(await holds(store, absent(key)), true);
  }),

  define('guard: the current version holds, every earlier one does not', async (t) => {
    const store = await t.connect();
    const key = t.key('k');
    const versions = [await put(store, key, '0'), await put(store, key, '1'), await put(store, key, '2')];
    const guarded = versions.map((version) => holds(store, { key, version }));
    assert.deepEqual(await Promise.all(guarded), [false, false, true]);
  }),

  define('guard: the very first version is a version like any other', async (t) => {
    const store = await t.connect();
    const key = t.key('k');
    const created = await store.commit({ guards: [absent(key)], writes: [write(key, 'first')] });
    const first = versionOf(created, key);
    assert.equal((await look(store, key))?.version, first);
    assert.equal(await holds(store, absent(key)), false, 'the first version passed for absence');
    assert.equal(await holds(store, { key, version: first }), true);
    assert.ok(await store.commit({ guards: [{ key, version: first }], writes: [write(key, 'second')] }));
    const stale = await store.commit({ guards: [{ key, version: first }], writes: [write(key, 'stale')] });
    assert.equal(stale, undefined, 'the first version passed for any version');
    assert.equal(await valueAt(store, key), 'second');
  }),

  define('guard: a version does not hold for a key that is absent', async (t) => {
    const store = await t.connect();
    const version = await put(store, t.key('other'), '');
    assert.equal(await holds(store, { key: t.key('k'), version }), false);
    const gone = await put(store, t.key('k'), '');
    await remove(store, t.key('k'));
    assert.equal(await holds(store, { key: t.key('k'), version: gone }), false);
    const guards = [{ key: t.key('k'), version: gone }];
    assert.equal(await store.commit({ guards, writes: [write(t.key('k'), 'risen')] }), undefined);
    assert.equal(await look(store, t.key('k')), undefined);
  }),

  define('guard: a permanent key beside it tells a recreated key from the first one', async (t) => {
    const store = await t.connect();
    const [leader, epoch] = [t.key('leader'), t.key('epoch')];
    await put(store, epoch, '0');
    const acquire = async (token: string) => {
      const at = await look(store, epoch);
      const guards = [absent(leader), { key: epoch, version: at?.version ?? null }];
      return await store.commit({ guards, writes: [write(leader, token), write(epoch, token)] });
    };
    const first = await acquire('1');
    const fence = [leader, epoch].map((key) => ({ key, version: versionOf(first, key) }));
    assert.equal(await holds(store, ...fence), true);
    await remove(store, leader);
    assert.equal(await holds(store, ...fence), false);
    assert.ok(await acquire('2'));
    assert.equal(await store.commit({ guards: fence, writes: [write(t.key('status'), 'deposed')] }), undefined);
    assert.equal(await look(store, t.key('status')), undefined);
  }),

  define('guard: on other keys than the written ones counts', async (t) => {
    const [store, other] = [await t.connect(), await t.connect()];
    const version = await put(store, t.key('lock'), 'mine');
    const guards = [{ key: t.key('lock'), version }];
    assert.ok(await store.commit({ guards, writes: [write(t.key('data'), '1')] }));
    await put(other, t.key('lock'), 'theirs');
    assert.equal(await store.commit({ guards, writes: [write(t.key('data'), '2')] }), undefined);
    assert.equal(await valueAt(other, t.key('data')), '1');
  }),

  define('guard: a delete is guarded like a put', async (t) => {
    const store = await t.connect();
    const key = t.key('k');
    const stale = await put(store, key, '1');
    const current = await put(store, key, '2');
    const writes = [{ type: 'delete' as const, key }];
    assert.equal(await store.commit({ guards: [{ key, version: stale }], writes }), undefined);
    assert.equal(await valueAt(store, key), '2');
    assert.ok(await store.commit({ guards: [{ key, version: current }], writes }));
    assert.equal(await look(store, key), undefined);
  }),

  define('guard: a version that a commit told serves for the next one, without a read between', async (t) => {
    const store = await t.connect();
    const key = t.key('k');
    let version = versionOf(await store.commit({ guards: [absent(key)], writes: [write(key, '0')] }), key);
    for (let n = 1; n < 10; n++) {
      version = versionOf(await store.commit({ guards: [{ key, version }], writes: [write(key, String(n))] }), key);
    }
    assert.equal(await valueAt(store, key), '9');
  }),

  define('guard: the version that a move between sessions told is the current one', async (t) => {
    const store = await t.connect();
    await using one = await store.openSession(long(t, store));
    await using two = await store.openSession(long(t, store));
    const key = t.key('k');
    for (const owner of [one, two, undefined, one]) {
      const version = await put(store, key, 'same', owner);
      assert.equal((await look(store, key))?.version, version);
      assert.equal(await holds(store, { key, version }), true);
    }
  }),
];
