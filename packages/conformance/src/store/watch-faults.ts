import assert from 'node:assert/strict';
import { type Definition, define, waits } from '../case.ts';
import type { Context } from '../context.ts';
import { Following, failsWith, follow, put, RECONNECT, rejectsAs } from './tools.ts';

/** Short enough to wait for, and long enough that a stalled machine does not make a sound watch stale. */
function staleAfter(t: Context): number {
  return t.slack;
}

/** How long after the heal a watch may still be on its way back. */
function back(t: Context): number {
  return RECONNECT + staleAfter(t) + t.slack;
}

const LINE_FAULTS = ['cut', 'mute', 'freeze', 'refuse'] as const;

export const watchFaultCases: readonly Definition[] = [
  ...LINE_FAULTS.map((fault) =>
    waits(
      `watch, ${fault}: says within staleAfter that it is stale, and after the heal that it is not`,
      async (t) => {
        const [store, other] = [await t.connect(), await t.connect()];
        await put(other, t.key('k'), 'x');
        const following = await follow(t, store, { staleAfter: staleAfter(t) });
        const [first] = following.snapshots;
        const heal = await t.faults[fault](store);
        await t.until(() => following.latest?.stale, staleAfter(t) + t.slack);
        assert.deepEqual(following.latest?.entries, first?.entries);
        await heal();
        await t.until(() => following.latest?.stale === false, back(t));
        assert.deepEqual(
          following.snapshots.map(({ stale }) => stale),
          [false, true, false],
        );
        assert.deepEqual(following.latest?.entries, first?.entries);
        assert.equal(following.ended, false);
      },
      fault,
    ),
  ),

  ...LINE_FAULTS.map((fault) =>
    define(
      `watch, ${fault}: sees after the heal what changed meanwhile, and what changes then`,
      async (t) => {
        const [store, other] = [await t.connect(), await t.connect()];
        const following = await follow(t, store);
        const heal = await t.faults[fault](store);
        await put(other, t.key('k'), 'meanwhile');
        await t.sleep(100);
        await heal();
        await t.until(() => following.value(t.key('k')) === 'meanwhile', back(t));
        await put(other, t.key('k'), 'then');
        await t.until(() => following.value(t.key('k')) === 'then', t.slack);
        assert.equal(following.ended, false);
      },
      fault,
    ),
  ),

  waits(
    'watch, cut: shows nothing that happened behind the cut, and says once that it is stale',
    async (t) => {
      const [store, other] = [await t.connect(), await t.connect()];
      const following = await follow(t, store, { staleAfter: staleAfter(t) / 2 });
      await using _ = await t.faults.cut(store);
      await put(other, t.key('k'), 'behind');
      await t.until(() => following.latest?.stale, staleAfter(t) + t.slack);
      await t.sleep(staleAfter(t) * 1.5);
      assert.equal(following.snapshots.length, 2);
      assert.equal(following.value(t.key('k')), undefined);
    },
    'cut',
  ),

  define(
    'watch, cut: the state that says it is no longer stale has what changed meanwhile',
    async (t) => {
      const [store, other] = [await t.connect(), await t.connect()];
      await put(other, t.key('k'), 'before');
      const following = await follow(t, store, { staleAfter: staleAfter(t) / 2 });
      const heal = await t.faults.cut(store);
      await put(other, t.key('k'), 'meanwhile');
      await t.until(() => following.latest?.stale, staleAfter(t) + t.slack);
      const stale = following.snapshots.length;
      await heal();
      await t.until(() => following.snapshots.slice(stale).some((state) => !state.stale), back(t));
      const recovered = following.snapshots.slice(stale).find((state) => !state.stale);
      assert.equal(recovered?.entries.get(t.key('k'))?.value, 'meanwhile');
    },
    'cut',
  ),

  define(
    'watch, cut: one that begins behind the cut does not end, and yields after the heal',
    async (t) => {
      const [store, other] = [await t.connect(), await t.connect()];
      await put(other, t.key('k'), 'x');
      const heal = await t.faults.cut(store);
      const following = new Following(store, t.root, { staleAfter: staleAfter(t) });
      await t.sleep(300);
      assert.equal(following.ended, false);
      await heal();
      await t.until(() => following.value(t.key('k')) === 'x', back(t) + RECONNECT);
    },
    'cut',
  ),

  define(
    'watch, cut: an abort and a return end it at once',
    async (t) => {
      const store = await t.connect();
      const controller = new AbortController();
      const aborted = store.watch(t.root, { signal: controller.signal })[Symbol.asyncIterator]();
      const left = store.watch(t.root)[Symbol.asyncIterator]();
      await t.settles(Promise.all([aborted.next(), left.next()]), t.slack);
      await using _ = await t.faults.cut(store);
      const waiting = aborted.next();
      const started = t.now();
      controller.abort('enough');
      await t.settles(rejectsAs('enough', waiting), t.slack);
      await left.return?.();
      assert.equal((await left.next()).done, true);
      assert.ok(t.now() - started < t.slack);
    },
    'cut',
  ),

  define(
    'watch, reset: goes on with what changed, and never ends',
    async (t) => {
      const [store, other] = [await t.connect(), await t.connect()];
      const following = await follow(t, store);
      for (let n = 0; n < 4; n++) {
        await t.faults.reset(store);
        await put(other, t.key('k'), String(n));
        await t.until(() => following.value(t.key('k')) === String(n), back(t));
      }
      assert.equal(following.ended, false);
    },
    'reset',
  ),

  define(
    'watch, tear: a change whose news broke off is seen all the same',
    async (t) => {
      const [store, other] = [await t.connect(), await t.connect()];
      const following = await follow(t, store);
      for (let n = 0; n < 3; n++) {
        await t.faults.tear(store);
        await put(other, t.key('k'), String(n));
        await t.until(() => following.value(t.key('k')) === String(n), back(t));
      }
    },
    'tear',
  ),

  define(
    'watch, cut again and again: never goes back and ends up with the last state',
    async (t) => {
      const [store, other] = [await t.connect(), await t.connect()];
      const following = await follow(t, store, { staleAfter: staleAfter(t) });
      let n = 0;
      for (let round = 0; round < 3; round++) {
        const heal = await t.faults.cut(store);
        for (let k = 0; k < 5; k++) await put(other, t.key('k'), String(n++));
        await t.sleep(50);
        await heal();
        for (let k = 0; k < 5; k++) await put(other, t.key('k'), String(n++));
        await t.until(() => following.value(t.key('k')) === String(n - 1), back(t));
      }
      const seen = following.snapshots.map(({ entries }) => Number(entries.get(t.key('k'))?.value ?? -1));
      assert.deepEqual(
        seen,
        [...seen].sort((a, b) => a - b),
      );
      const times = following.snapshots.map(({ asOf }) => asOf);
      assert.deepEqual(
        times,
        [...times].sort((a, b) => a - b),
      );
    },
    'cut',
  ),

  define(
    'watch, cut: a key that went and came back meanwhile is the new one',
    async (t) => {
      const [store, other] = [await t.connect(), await t.connect()];
      await put(other, t.key('k'), 'old');
      await put(other, t.key('gone'), '');
      const following = await follow(t, store);
      const heal = await t.faults.cut(store);
      const writes = [t.key('k'), t.key('gone')].map((key) => ({ type: 'delete' as const, key }));
      await other.commit({ guards: [], writes });
      const version = await put(other, t.key('k'), 'new');
      await heal();
      await t.until(() => following.value(t.key('k')) === 'new', back(t));
      assert.equal(following.latest?.entries.get(t.key('k'))?.version, version);
      assert.equal(following.latest?.entries.has(t.key('gone')), false);
    },
    'cut',
  ),

  define(
    'watch, cut: closing the client rejects it with CLOSED',
    async (t) => {
      const store = await t.connect();
      const watch = store.watch(t.root)[Symbol.asyncIterator]();
      await t.settles(watch.next(), t.slack);
      await using _ = await t.faults.cut(store);
      const waiting = failsWith('CLOSED', watch.next());
      waiting.catch(() => {});
      await store.close();
      await t.settles(waiting, t.slack);
    },
    'cut',
  ),

  define(
    'watch, delay: no state claims to be of a time when it was over, however long its news took',
    async (t) => {
      const [store, other] = [await t.connect(), await t.connect()];
      await put(other, t.key('k'), '0');
      const following = await follow(t, store);
      const wait = Math.min(200, t.ttl / 8);
      await using _ = await t.faults.delay(store, wait);
      const over: number[] = [];
      for (let n = 1; n <= 8; n++) {
        await put(other, t.key('k'), String(n));
        over[n - 1] = store.clock.now();
        await t.sleep(wait / 2);
      }
      await t.until(() => following.value(t.key('k')) === '8', back(t));
      for (const { entries, asOf } of following.snapshots) {
        const n = Number(entries.get(t.key('k'))?.value);
        assert.ok(
          asOf <= (over[n] ?? store.clock.now()),
          `${n} claims to be of a time ${asOf - (over[n] ?? 0)} ms too late`,
        );
      }
    },
    'delay',
  ),

  define(
    'watch, restart: sees what changes after it, and never ends',
    async (t) => {
      const [store, other] = [await t.connect(), await t.connect()];
      const following = await follow(t, store);
      await t.faults.restart();
      await t.recovers(() => other.read(t.root, { timeout: t.slack }), 3 * RECONNECT + t.slack);
      await t.recovers(() => put(other, t.key('k'), 'after'), RECONNECT + t.slack);
      await t.until(() => following.value(t.key('k')) === 'after', RECONNECT + back(t));
      assert.equal(following.ended, false);
    },
    'restart',
  ),
];
