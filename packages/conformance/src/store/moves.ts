import assert from 'node:assert/strict';
import type { Commit, Session } from '@tenure/core';
import { type Definition, define } from '../case.ts';
import type { Context } from '../context.ts';
import { absent, follow, long, look, put, remove, write } from './tools.ts';

/** Binds `key` to a session of its own, with all speed. */
async function bindsAtOnce(t: Context, key: string): Promise<void> {
  const store = await t.connect();
  const session = await store.openSession(long(t, store));
  const txn = { guards: [absent(key)], writes: [write(key, 'next', session)] };
  assert.ok(await store.commit(txn, { timeout: t.slack }), 'refused as if the key were there');
  assert.equal((await look(store, key))?.session, session.id);
}

/** Done whole, or a TypeError and not done at all. */
async function wholeOrRefused(t: Context, one: Session, two: Session, run: () => Promise<Commit | undefined>) {
  const [outcome] = await Promise.allSettled([run()]);
  const { entries } = await (await t.connect()).read(t.root);
  if (outcome.status === 'rejected') {
    assert.ok(outcome.reason instanceof TypeError, `rejected with ${outcome.reason} instead of a TypeError`);
    assert.equal(entries.size, 0);
  } else {
    assert.ok(outcome.value, 'refused without a guard');
    const owners = ['one', 'two', 'free'].map((name) => entries.get(t.key(name))?.session);
    assert.deepEqual(owners, [one.id, two.id, undefined]);
    assert.equal(entries.size, 3);
  }
}

/** Keys that pass from one session to another. */
export const moveCases: readonly Definition[] = [
  define('session: a key moves to another one without a gap, to a read and to a watch', async (t) => {
    const [store, observer] = [await t.connect(), await t.connect()];
    const [one, two] = [await store.openSession(long(t, store)), await store.openSession(long(t, store))];
    await put(store, t.key('k'), '0', one);
    const following = await follow(t, observer);
    let done = false;
    const moving = (async () => {
      for (let n = 1; n <= 24; n++) await put(store, t.key('k'), String(n), [one, two, undefined][n % 3]);
    })().finally(() => {
      done = true;
    });
    // A failure of the reader must not leave this one unheard.
    moving.catch(() => {});
    while (!done) {
      assert.ok(await look(observer, t.key('k')), 'absent while it moved');
      await t.sleep(1);
    }
    await moving;
    await t.until(() => following.value(t.key('k')) === '24', t.slack);
    assert.ok(
      following.snapshots.every(({ entries }) => entries.has(t.key('k'))),
      'absent to the watch while it moved',
    );
  }),

  define('guard: no version from before a move between sessions holds after it', async (t) => {
    const store = await t.connect();
    const [one, two] = [await store.openSession(long(t, store)), await store.openSession(long(t, store))];
    const key = t.key('k');
    const earlier = new Set([await put(store, key, 'same', one)]);
    for (const session of [two, one, undefined, two, undefined, one]) {
      const now = await put(store, key, 'same', session);
      assert.ok(!earlier.has(now), `version ${now} came again`);
      for (const version of earlier) {
        assert.equal(await store.commit({ guards: [{ key, version }], writes: [] }), undefined, `${version} holds`);
        assert.equal(await store.commit({ guards: [{ key, version }], writes: [write(key, 'stale')] }), undefined);
      }
      assert.ok(await store.commit({ guards: [{ key, version: now }], writes: [] }));
      earlier.add(now);
    }
  }),

  define('session: a key whose session has ended, or that was deleted, can be bound to another at once', async (t) => {
    const store = await t.connect();
    const [ended, deleted] = [await store.openSession(long(t, store)), await store.openSession(long(t, store))];
    await put(store, t.key('ended'), '', ended);
    await put(store, t.key('deleted'), '', deleted);
    await ended.end();
    await bindsAtOnce(t, t.key('ended'));
    await remove(store, t.key('deleted'));
    await bindsAtOnce(t, t.key('deleted'));
  }),

  define(
    'session: a key whose session was ended by the server can be bound to another at once',
    async (t) => {
      const store = await t.connect();
      const session = await store.openSession(long(t, store));
      await put(store, t.key('k'), '', session);
      await t.faults.expire(session);
      await t.until(async () => (await look(store, t.key('k'))) === undefined, t.slack);
      await bindsAtOnce(t, t.key('k'));
    },
    'expire',
  ),

  define('session: a commit for two of them is done whole, or is a TypeError and not done at all', async (t) => {
    const store = await t.connect();
    const [one, two] = [await store.openSession(long(t, store)), await store.openSession(long(t, store))];
    const writes = [write(t.key('one'), '1', one), write(t.key('two'), '2', two), write(t.key('free'), '')];
    await wholeOrRefused(t, one, two, () => store.commit({ guards: [], writes }));
    for (const { key } of writes) await remove(store, key);
    await wholeOrRefused(t, one, two, () => one.renew({ guards: [], writes }));
    assert.ok(await one.renew(), 'the session lives all the same');
    assert.ok(await two.renew());
  }),
];
