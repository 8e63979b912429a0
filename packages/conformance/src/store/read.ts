import assert from 'node:assert/strict';
import { type Definition, define } from '../case.ts';
import { follow, long, look, put, remove, valueAt, write } from './tools.ts';

const VALUES = {
  empty: '',
  ascii: '{"ttl": 30}',
  'not ASCII': 'Zürich Ωμέγα 日本',
  delete: 'a\x7fb',
  NUL: 'a\0b',
  astral: '😀𝔘',
  'lines and blanks': ' a\tb\r\nc \n',
  'byte order mark': '\uFEFFx',
  'of 60 kB': 'x'.repeat(60_000),
};

const KEYS = ['two words', 'Zürich', 'a%2Fb', 'a+b', 'q?a=b&c', 'a#b', "it's", 'a"b', 'a\\b', '[a]*', '-', 'A', '日本'];

export const readCases: readonly Definition[] = [
  ...Object.entries(VALUES).map(([what, value]) =>
    define(`read: a value comes back as it was put: ${what}`, async (t) => {
      const store = await t.connect();
      await put(store, t.key('k'), value);
      const entry = await look(await t.connect(), t.key('k'));
      assert.equal(entry?.value, value);
      assert.equal(entry.malformed, undefined);
    }),
  ),

  define('read: keys with blanks, signs and letters of any script are themselves', async (t) => {
    const store = await t.connect();
    for (const key of KEYS) await put(store, t.key(key), `of ${key}`);
    const { entries } = await store.read(t.root);
    for (const key of KEYS) assert.equal(entries.get(t.key(key))?.value, `of ${key}`, key);
    assert.equal(entries.size, KEYS.length);
  }),

  define('read: nothing under the prefix is an empty snapshot', async (t) => {
    const { entries, stale } = await (await t.connect()).read(t.root);
    assert.equal(entries.size, 0);
    assert.equal(stale, false);
  }),

  define('read: a prefix is a plain string prefix', async (t) => {
    const store = await t.connect();
    for (const name of ['a', 'a/x', 'ab/y', 'b', 'A']) await put(store, t.key(name), name);
    const under = async (name: string) => [...(await store.read(t.key(name))).entries.keys()].sort();
    assert.deepEqual(await under('a'), [t.key('a'), t.key('a/x'), t.key('ab/y')]);
    assert.deepEqual(await under('a/'), [t.key('a/x')]);
    assert.deepEqual(await under('ab'), [t.key('ab/y')]);
    assert.deepEqual(await under('ab/y'), [t.key('ab/y')]);
    assert.deepEqual(await under('c'), []);
  }),

  define('read: sees every commit that returned before it, whoever made it', async (t) => {
    const [writer, reader] = [await t.connect(), await t.connect()];
    for (let n = 0; n < 30; n++) {
      await put(writer, t.key('k'), String(n));
      assert.equal(await valueAt(reader, t.key('k')), String(n));
      assert.equal(await valueAt(writer, t.key('k')), String(n));
    }
  }),

  define('read: sees every delete that returned before it, whoever made it', async (t) => {
    const [writer, reader] = [await t.connect(), await t.connect()];
    for (let n = 0; n < 10; n++) {
      await put(writer, t.key('k'), String(n));
      await remove(writer, t.key('k'));
      assert.equal(await look(reader, t.key('k')), undefined);
    }
  }),

  define('read: keys that are written together are never seen torn', async (t) => {
    const [writer, reader] = [await t.connect(), await t.connect()];
    let done = false;
    const writing = (async () => {
      for (let n = 0; n < 60; n++) {
        const value = String(n);
        await writer.commit({ guards: [], writes: [write(t.key('a'), value), write(t.key('dir/z'), value)] });
      }
    })().finally(() => {
      done = true;
    });
    // A failure of the reader must not leave this one unheard.
    writing.catch(() => {});
    while (!done) {
      const { entries } = await reader.read(t.root);
      assert.equal(entries.get(t.key('a'))?.value, entries.get(t.key('dir/z'))?.value);
      await new Promise(setImmediate);
    }
    await writing;
    assert.equal(await valueAt(reader, t.key('a')), '59');
  }),

  define('read: a snapshot does not change afterwards', async (t) => {
    const store = await t.connect();
    await put(store, t.key('k'), 'before');
    const snapshot = await store.read(t.root);
    await put(store, t.key('k'), 'after');
    await put(store, t.key('other'), 'after');
    assert.equal(snapshot.entries.get(t.key('k'))?.value, 'before');
    assert.equal(snapshot.entries.size, 1);
  }),

  define('read: asOf lies between the call and its answer, on the clock of the store', async (t) => {
    const store = await t.connect();
    for (let n = 0; n < 5; n++) {
      const called = store.clock.now();
      const { asOf, stale } = await store.read(t.root);
      const answered = store.clock.now();
      assert.ok(asOf >= called && asOf <= answered, `asOf ${asOf} is not between ${called} and ${answered}`);
      assert.equal(stale, false);
    }
  }),

  define(
    'read: asOf is a moment before the request was sent, however long the answer took',
    async (t) => {
      const store = await t.connect();
      await store.read(t.root);
      const wait = 150;
      await using _ = await t.faults.delay(store, wait);
      const called = store.clock.now();
      const { asOf } = await store.read(t.root);
      const answered = store.clock.now();
      assert.ok(asOf >= called);
      // Timers may fire a millisecond early.
      assert.ok(
        asOf <= answered - 2 * (wait - 2),
        `asOf ${answered - asOf} ms before an answer that took ${2 * wait} ms`,
      );
    },
    'delay',
  ),

  define('read: a permanent key has no session, a bound one has its own', async (t) => {
    const store = await t.connect();
    await using session = await store.openSession(long(t, store));
    await put(store, t.key('permanent'), '');
    await put(store, t.key('bound'), '', session);
    const { entries } = await store.read(t.root);
    assert.equal(entries.get(t.key('permanent'))?.session, undefined);
    assert.equal(entries.get(t.key('bound'))?.session, session.id);
  }),

  define(
    'read: one undecodable value does not hide the others, and is marked',
    async (t) => {
      const store = await t.connect();
      await put(store, t.key('a'), 'sound');
      await t.admin.putRaw(t.key('b'), Uint8Array.of(0x61, 0xff, 0xfe, 0x62));
      await put(store, t.key('c'), 'sound');
      const { entries } = await store.read(t.root);
      assert.deepEqual([...entries.keys()].sort(), [t.key('a'), t.key('b'), t.key('c')]);
      assert.equal(entries.get(t.key('a'))?.malformed, undefined);
      assert.equal(entries.get(t.key('b'))?.malformed, true);
      assert.match(entries.get(t.key('b'))?.value ?? '', /^a\uFFFD+b$/);
      assert.equal(entries.get(t.key('c'))?.value, 'sound');
    },
    'admin',
  ),

  define(
    'read: an undecodable value has a version, and can be replaced under its guard',
    async (t) => {
      const store = await t.connect();
      await t.admin.putRaw(t.key('k'), Uint8Array.of(0xc3, 0x28));
      const entry = await look(store, t.key('k'));
      assert.ok(entry);
      const guards = [{ key: t.key('k'), version: entry.version }];
      assert.ok(await store.commit({ guards, writes: [write(t.key('k'), 'sound')] }));
      assert.deepEqual((await look(store, t.key('k')))?.value, 'sound');
      assert.equal((await look(store, t.key('k')))?.malformed, undefined);
    },
    'admin',
  ),

  define(
    'read: shows what an administrator wrote and removed',
    async (t) => {
      const store = await t.connect();
      await t.admin.putRaw(t.key('k'), Buffer.from('by hand'));
      assert.equal(await valueAt(store, t.key('k')), 'by hand');
      await put(store, t.key('k'), 'by the library');
      assert.equal(Buffer.from((await t.admin.get(t.key('k'))) ?? []).toString(), 'by the library');
      await t.admin.delete(t.key('k'));
      assert.equal(await look(store, t.key('k')), undefined);
      assert.equal(await t.admin.get(t.key('k')), undefined);
    },
    'admin',
  ),

  define('read: a read does not end or disturb a watch of the same client', async (t) => {
    const store = await t.connect();
    const following = await follow(t, store);
    for (let n = 0; n < 10; n++) await store.read(t.root);
    await put(store, t.key('k'), 'seen');
    await t.until(() => following.value(t.key('k')) === 'seen', t.slack);
    assert.equal(following.ended, false);
  }),
];
