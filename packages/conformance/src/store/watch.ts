import assert from 'node:assert/strict';
import type { Snapshot } from '@tenure/core';
import { type Definition, define, waits } from '../case.ts';
import type { Context } from '../context.ts';
import { Following, follow, long, look, put, rejectsAs, remove, write } from './tools.ts';

/** Long enough that a stalled machine does not make a sound watch stale. */
function staleAfter(t: Context): number {
  return t.slack;
}

function numbers(snapshots: readonly Snapshot[], key: string): number[] {
  return snapshots.map(({ entries }) => Number(entries.get(key)?.value ?? -1));
}

export const watchCases: readonly Definition[] = [
  define('watch: yields the state first, and an empty one too', async (t) => {
    const [store, other] = [await t.connect(), await t.connect()];
    const empty = await follow(t, store);
    assert.equal(empty.latest?.entries.size, 0);
    await put(other, t.key('k'), 'x');
    const full = await follow(t, store);
    assert.equal(full.snapshots[0]?.entries.get(t.key('k'))?.value, 'x', 'older than a commit that had returned');
    assert.equal(full.snapshots[0]?.stale, false);
  }),

  define('watch: yields what its own client and what others change', async (t) => {
    const [store, other] = [await t.connect(), await t.connect()];
    const following = await follow(t, store);
    for (const [n, writer] of [store, other, store, other].entries()) {
      await put(writer, t.key('k'), String(n));
      await t.until(() => following.value(t.key('k')) === String(n), t.slack);
    }
  }),

  define('watch: every one of many changes that each wait for the one before is seen', async (t) => {
    const [store, other] = [await t.connect(), await t.connect()];
    const following = await follow(t, store);
    for (let n = 0; n < 25; n++) {
      await put(other, t.key(`k${n % 3}`), String(n));
      await t.until(() => following.value(t.key(`k${n % 3}`)) === String(n), t.slack);
    }
  }),

  define('watch: never goes back, and its asOf neither', async (t) => {
    const [store, other] = [await t.connect(), await t.connect()];
    const following = await follow(t, store);
    for (let n = 0; n < 60; n++) await put(n % 2 ? store : other, t.key('k'), String(n));
    await t.until(() => following.value(t.key('k')) === '59', t.slack);
    const seen = numbers(following.snapshots, t.key('k'));
    assert.deepEqual(
      seen,
      [...seen].sort((a, b) => a - b),
    );
    const times = following.snapshots.map(({ asOf }) => asOf);
    assert.deepEqual(
      times,
      [...times].sort((a, b) => a - b),
    );
    assert.ok((times.at(-1) ?? 0) <= store.clock.now());
  }),

  define('watch: a slow reader gets the newest state and no backlog', async (t) => {
    const [store, other] = [await t.connect(), await t.connect()];
    const watch = store.watch(t.root)[Symbol.asyncIterator]();
    await t.settles(watch.next(), t.slack);
    for (let n = 0; n < 40; n++) await put(other, t.key('k'), String(n));
    const witness = await follow(t, store);
    await t.until(() => witness.value(t.key('k')) === '39', t.slack);
    const seen: (string | undefined)[] = [];
    // Of the states that came while it did not read, one is waiting, and a few may still be with their source.
    while (seen.length < 10 && seen.at(-1) !== '39') {
      const { value: snapshot } = await t.settles(watch.next(), t.slack);
      seen.push(snapshot?.entries.get(t.key('k'))?.value);
    }
    assert.equal(seen.at(-1), '39', `after ${seen}`);
    await watch.return?.();
  }),

  define('watch: keys that are written together are never seen torn', async (t) => {
    const [store, other] = [await t.connect(), await t.connect()];
    const following = await follow(t, store);
    for (let n = 0; n < 40; n++) {
      const value = String(n);
      await other.commit({ guards: [], writes: [write(t.key('a'), value), write(t.key('dir/z'), value)] });
    }
    await t.until(() => following.value(t.key('dir/z')) === '39', t.slack);
    assert.deepEqual(numbers(following.snapshots, t.key('a')), numbers(following.snapshots, t.key('dir/z')));
  }),

  define('watch: sees a key go: deleted, with its session, and recreated', async (t) => {
    const [store, other] = [await t.connect(), await t.connect()];
    const following = await follow(t, store);
    const appears = (there: boolean) => t.until(() => following.latest?.entries.has(t.key('k')) === there, t.slack);
    await put(other, t.key('k'), '1');
    await appears(true);
    await remove(other, t.key('k'));
    await appears(false);
    const session = await other.openSession(long(t, other));
    await put(other, t.key('k'), '2', session);
    await appears(true);
    assert.equal(following.latest?.entries.get(t.key('k'))?.session, session.id);
    await session.end();
    await appears(false);
  }),

  waits('watch: sees the keys of an expired session go, though nobody writes', async (t) => {
    const [store, other] = [await t.connect(), await t.connect()];
    const session = await other.openSession(t.ttl);
    const opened = t.now();
    await put(other, t.key('k'), '', session);
    const following = await follow(t, store);
    const within = opened + session.ttl + t.grace + t.slack - t.now();
    await t.until(() => following.latest?.entries.has(t.key('k')) === false, within);
  }),

  define('watch: sees a key change its owner', async (t) => {
    const [store, other] = [await t.connect(), await t.connect()];
    const sessions = [await other.openSession(long(t, other)), await other.openSession(long(t, other))];
    const following = await follow(t, store);
    for (const session of [...sessions, undefined]) {
      await put(other, t.key('k'), 'same', session);
      await t.until(() => {
        const entry = following.latest?.entries.get(t.key('k'));
        return entry !== undefined && entry.session === session?.id;
      }, t.slack);
    }
  }),

  define('watch: a version that it showed serves as a guard', async (t) => {
    const [store, other] = [await t.connect(), await t.connect()];
    await put(other, t.key('k'), '1');
    const following = await follow(t, store);
    const version = following.latest?.entries.get(t.key('k'))?.version ?? null;
    assert.ok(await store.commit({ guards: [{ key: t.key('k'), version }], writes: [write(t.key('k'), '2')] }));
    await t.until(() => following.value(t.key('k')) === '2', t.slack);
    const entry = await look(store, t.key('k'));
    assert.equal(following.latest?.entries.get(t.key('k'))?.version, entry?.version);
  }),

  define('watch: changes outside of its prefix yield nothing', async (t) => {
    const [store, other] = [await t.connect(), await t.connect()];
    const inside = new Following(store, t.key('a/'));
    const whole = await follow(t, store);
    await t.until(() => inside.latest !== undefined, t.slack);
    for (const name of ['a', 'ab', 'b/a/x', 'A/x']) await put(other, t.key(name), '');
    await t.until(() => whole.latest?.entries.size === 4, t.slack);
    await put(other, t.key('a/x'), '');
    await t.until(() => inside.latest?.entries.size === 1, t.slack);
    assert.equal(inside.snapshots.length, 2);
  }),

  waits('watch: an idle one yields nothing, and is not stale, however long nothing happens', async (t) => {
    const store = await t.connect();
    await put(store, t.key('k'), '');
    const following = await follow(t, store, { staleAfter: staleAfter(t) });
    await t.sleep(2.5 * staleAfter(t));
    assert.deepEqual(
      following.snapshots.map(({ stale }) => stale),
      [false],
    );
    assert.equal(following.ended, false);
  }),

  define('watch: a snapshot does not change afterwards', async (t) => {
    const store = await t.connect();
    await put(store, t.key('k'), 'before');
    const following = await follow(t, store);
    const first = following.latest;
    await put(store, t.key('k'), 'after');
    await put(store, t.key('other'), 'after');
    await t.until(() => following.latest?.entries.size === 2, t.slack);
    assert.equal(first?.entries.size, 1);
    assert.equal(first.entries.get(t.key('k'))?.value, 'before');
  }),

  define('watch: an abort rejects with its reason, while waiting and ever after', async (t) => {
    const store = await t.connect();
    const controller = new AbortController();
    const watch = store.watch(t.root, { signal: controller.signal })[Symbol.asyncIterator]();
    await t.settles(watch.next(), t.slack);
    const waiting = watch.next();
    const reason = { enough: true };
    controller.abort(reason);
    await t.settles(rejectsAs(reason, waiting), t.slack);
    await rejectsAs(reason, watch.next());
  }),

  define('watch: an abort that came before rejects with its reason', async (t) => {
    const store = await t.connect();
    const reason = new Error('enough');
    const watch = store.watch(t.root, { signal: AbortSignal.abort(reason) })[Symbol.asyncIterator]();
    await rejectsAs(reason, watch.next());
  }),

  define('watch: return ends it, also while a next is waiting', async (t) => {
    const store = await t.connect();
    const watch = store.watch(t.root)[Symbol.asyncIterator]();
    await t.settles(watch.next(), t.slack);
    const waiting = watch.next();
    await watch.return?.();
    assert.equal((await waiting).done, true);
    assert.equal((await watch.next()).done, true);
  }),

  define('watch: leaving the loop ends it', async (t) => {
    const store = await t.connect();
    const watch = store.watch(t.root);
    for await (const snapshot of watch) {
      assert.equal(snapshot.entries.size, 0);
      break;
    }
    await put(store, t.key('k'), '');
  }),

  define('watch: several on one client live and end apart', async (t) => {
    const [store, other] = [await t.connect(), await t.connect()];
    const controller = new AbortController();
    const ending = await follow(t, store, { signal: controller.signal });
    const staying = await follow(t, store);
    const narrow = new Following(store, t.key('k'));
    await put(other, t.key('k'), '1');
    await t.until(() => [ending, staying, narrow].every((w) => w.value(t.key('k')) === '1'), t.slack);
    controller.abort();
    await t.settles(ending.over, t.slack);
    await put(other, t.key('k'), '2');
    await t.until(() => [staying, narrow].every((w) => w.value(t.key('k')) === '2'), t.slack);
    assert.equal(ending.value(t.key('k')), '1');
  }),

  define('watch: thirty on one client all see a change', async (t) => {
    const [store, other] = [await t.connect(), await t.connect()];
    const all = await Promise.all(Array.from({ length: 30 }, () => follow(t, store)));
    await put(other, t.key('k'), 'x');
    await t.until(() => all.every((following) => following.value(t.key('k')) === 'x'), t.slack);
  }),

  define(
    'watch: one undecodable value does not hide the others, and is marked',
    async (t) => {
      const store = await t.connect();
      const following = await follow(t, store);
      await t.admin.putRaw(t.key('bad'), Uint8Array.of(0xff, 0x61));
      await t.until(() => following.latest?.entries.get(t.key('bad'))?.malformed, t.slack);
      await put(store, t.key('good'), 'x');
      await t.until(() => following.value(t.key('good')) === 'x', t.slack);
      assert.equal(following.latest?.entries.size, 2);
      const late = await follow(t, store);
      assert.equal(late.latest?.entries.size, 2);
    },
    'admin',
  ),

  define(
    'watch: sees what an administrator wrote and removed',
    async (t) => {
      const store = await t.connect();
      const following = await follow(t, store);
      await t.admin.putRaw(t.key('k'), Buffer.from('by hand'));
      await t.until(() => following.value(t.key('k')) === 'by hand', t.slack);
      await t.admin.delete(t.key('k'));
      await t.until(() => following.latest?.entries.size === 0, t.slack);
    },
    'admin',
  ),

  define(
    'watch: sees the keys go of a session that the server ended',
    async (t) => {
      const [store, other] = [await t.connect(), await t.connect()];
      const session = await other.openSession(long(t, other));
      await put(other, t.key('k'), '', session);
      const following = await follow(t, store);
      await t.faults.expire(session);
      await t.until(() => following.latest?.entries.size === 0, t.slack);
    },
    'expire',
  ),
];
