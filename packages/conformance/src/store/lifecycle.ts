import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import type { Store } from '@tenure/core';
import { type Definition, define } from '../case.ts';
import type { Context } from '../context.ts';
import { failsWith, follow, long, look, put, write } from './tools.ts';

/** What `close` may take by its contract. */
const CLOSE = 3000;

async function closesInTime(t: Context, store: Store): Promise<void> {
  await t.settles(store.close(), CLOSE + t.slack);
}

export const lifecycleCases: readonly Definition[] = [
  define('close: is idempotent, also at once and before anything was asked', async (t) => {
    const [fresh, used] = [await t.connect(), await t.connect()];
    await Promise.all([fresh.close(), fresh.close()]);
    await fresh.close();
    await used.read(t.root);
    await closesInTime(t, used);
    await used.close();
    await used[Symbol.asyncDispose]();
  }),

  define('close: every call afterwards is CLOSED', async (t) => {
    const store = await t.connect();
    const session = await store.openSession(t.ttl);
    await store.close();
    await failsWith('CLOSED', store.read(t.root));
    await failsWith('CLOSED', store.commit({ guards: [], writes: [] }));
    await failsWith('CLOSED', store.openSession(t.ttl));
    await failsWith('CLOSED', session.renew());
    await failsWith('CLOSED', session.end());
    const watch = store.watch(t.root)[Symbol.asyncIterator]();
    await t.settles(failsWith('CLOSED', watch.next()), t.slack);
  }),

  define('close: a commit afterwards is not done', async (t) => {
    const [store, other] = [await t.connect(), await t.connect()];
    await store.close();
    await failsWith('CLOSED', store.commit({ guards: [], writes: [write(t.key('k'), 'x')] }));
    assert.equal(await look(other, t.key('k')), undefined);
  }),

  define('close: rejects a watch with CLOSED, now and ever after', async (t) => {
    const store = await t.connect();
    const following = await follow(t, store);
    const watch = store.watch(t.root)[Symbol.asyncIterator]();
    await t.settles(watch.next(), t.slack);
    const waiting = failsWith('CLOSED', watch.next());
    waiting.catch(() => {});
    await store.close();
    await t.settles(waiting, t.slack);
    await t.settles(failsWith('CLOSED', watch.next()), t.slack);
    await t.until(() => following.ended, t.slack);
    await failsWith('CLOSED', Promise.reject(following.error));
  }),

  define(
    'close: settles the calls that are under way',
    async (t) => {
      const store = await t.connect();
      const session = await store.openSession(long(t, store));
      await using _ = await t.faults.cut(store);
      const options = { timeout: 60_000 };
      const calls = [
        store.read(t.root, options),
        store.commit({ guards: [], writes: [write(t.key('k'), 'x')] }, options),
        store.openSession(t.ttl, options),
        session.renew(undefined, options),
        session.end(options),
      ];
      const settled = Promise.all(calls.map((call) => failsWith('CLOSED', call)));
      settled.catch(() => {});
      await t.sleep(50);
      await closesInTime(t, store);
      await settled;
    },
    'cut',
  ),

  ...(['cut', 'mute', 'freeze', 'refuse'] as const).map((fault) =>
    define(
      `close, ${fault}: takes no longer than without`,
      async (t) => {
        const store = await t.connect();
        await store.openSession(t.ttl);
        const following = await follow(t, store);
        await using _ = await t.faults[fault](store);
        await closesInTime(t, store);
        await t.settles(following.over, t.slack);
      },
      fault,
    ),
  ),

  define(
    'close, mute: a commit that took effect and was cut short is maybeApplied',
    async (t) => {
      const [store, observer] = [await t.connect(), await t.connect()];
      const session = await store.openSession(long(t, store));
      await session.renew();
      await using _ = await t.faults.mute(store);
      const txn = { guards: [{ key: t.key('k'), version: null }], writes: [write(t.key('k'), 'x')] };
      const cut = failsWith('CLOSED', store.commit(txn, { timeout: 60_000 }));
      cut.catch(() => {});
      await t.until(async () => (await look(observer, t.key('k')))?.value === 'x', t.slack);
      await closesInTime(t, store);
      assert.equal((await cut).maybeApplied, true, 'the write took effect and the error denies it');
    },
    'mute',
  ),

  define(
    'close: leaves no connection',
    async (t) => {
      const store = await t.connect();
      await store.openSession(t.ttl);
      await follow(t, store);
      await t.until(() => t.faults.connections(store) > 0, t.slack);
      await store.close();
      await t.until(() => t.faults.connections(store) === 0, CLOSE + t.slack);
    },
    'connections',
  ),

  define('close: of one client leaves the others alone', async (t) => {
    const [store, other] = [await t.connect(), await t.connect()];
    await using session = await other.openSession(long(t, other));
    const following = await follow(t, other);
    await store.close();
    await put(other, t.key('k'), 'x', session);
    assert.ok(await session.renew());
    await t.until(() => following.value(t.key('k')) === 'x', t.slack);
  }),

  define('dispose: closes', async (t) => {
    const store = await t.connect();
    {
      await using scoped = store;
      await scoped.read(t.root);
    }
    await failsWith('CLOSED', store.read(t.root));
  }),

  define('signal: no call leaves a listener on it', async (t) => {
    const store = await t.connect();
    const { signal } = new AbortController();
    const options = { signal };
    const session = await store.openSession(long(t, store), options);
    await store.read(t.root, options);
    await store.commit({ guards: [], writes: [write(t.key('k'), 'x', session)] }, options);
    await store.commit({ guards: [{ key: t.key('k'), version: null }], writes: [] }, options);
    await session.renew(undefined, options);
    await session.end(options);
    await failsWith('SESSION_LOST', session.renew(undefined, options));
    const watch = store.watch(t.root, options)[Symbol.asyncIterator]();
    await t.settles(watch.next(), t.slack);
    await watch.return?.();
    const following = await follow(t, store, options);
    await store.close();
    await t.settles(following.over, t.slack);
    await t.until(() => getEventListeners(signal, 'abort').length === 0, t.slack);
  }),

  define('clock: is monotonic, and its times are finite', async (t) => {
    const { clock } = await t.connect();
    let last = clock.now();
    for (let n = 0; n < 1000; n++) {
      const now = clock.now();
      assert.ok(Number.isFinite(now) && now >= last);
      last = now;
    }
  }),
];
