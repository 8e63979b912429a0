import assert from 'node:assert/strict';
import { type Definition, define, waits } from '../case.ts';
import type { Context } from '../context.ts';
import { following } from './following.ts';
import { watchEvents } from './operations.ts';
import { calm, join, life, win } from './world.ts';

/** So long a loop that its half is no matter of a stall, and a ttl of which any store guarantees more than that loop. */
const slow = (t: Context) => ({ ttl: Math.max(calm(t).ttl, 2 * life(t)), loopWait: life(t) / 2 });

/** How a watch follows the store, and what an acquire makes of it. */
export const watchCases: readonly Definition[] = [
  define('dcs 73. a watch shows the end of a leader, and the next one, within a second', async (t) => {
    const [a, b] = [await join(t, 'a'), await join(t, 'b')];
    await using views = following(t, b);
    const lease = await win(a.dcs);
    await views.until((view) => view.leader?.name === 'a');
    const released = t.now();
    await lease.release();
    await views.until((view) => view.isUnlocked);
    assert.ok(t.now() - released < 1000 + t.slack / 2, `${t.now() - released} ms`);
    await win(a.dcs);
    await views.until((view) => view.leader?.token === 2);
  }),

  define('dcs 75. a watch shows changes of config, status, sync and members, each in the end', async (t) => {
    const [a, b] = [await join(t, 'a'), await join(t, 'b')];
    await using views = following(t, b);
    await a.dcs.config.write({ n: 1 });
    await a.dcs.status.write({ optime: 5 });
    await a.dcs.sync.write({ leader: 'a', quorum: 0, standbys: [] });
    await a.dcs.announce({ state: 'running' });
    await views.until(
      ({ config, status, sync, members }) =>
        config.value?.n === 1 && status.value?.optime === 5 && sync.value?.leader === 'a' && members.length === 1,
    );
    assert.equal(b.dcs.latest?.config.value?.n, 1);
  }),

  waits('an idle watch costs no reads, and latest costs nothing', async (t) => {
    const { dcs, tap } = await join(t, 'a', { timing: { ttl: calm(t).ttl, loopWait: life(t) / 6 } });
    await using views = following(t, { dcs });
    await views.until(() => true);
    const sent = tap.count();
    for (const end = t.now() + life(t); t.now() < end; await t.sleep(20)) assert.ok(dcs.latest !== undefined);
    assert.equal(tap.count(), sent);
  }),

  waits(
    'cut: a watch says that its state went stale, and takes it back after the heal, with what it missed',
    async (t) => {
      const [a, b] = [await join(t, 'a'), await join(t, 'b', { timing: slow(t) })];
      const lease = await win(a.dcs);
      await using views = following(t, b);
      await views.until((view) => view.leader?.name === 'a' && !view.stale);
      const heal = await t.faults.cut(b.client);
      await lease.release();
      const stale = await views.until((view) => view.stale, life(t) / 2 + t.slack + life(t));
      assert.equal(stale.leader?.name, 'a');
      assert.ok(stale.age() >= life(t) / 2 - 50, `stale at the age of ${stale.age()} ms`);
      await heal();
      await views.until((view) => !view.stale && view.isUnlocked, 10_000);
    },
    'cut',
  ),

  waits(
    'the staleness of a watch is told on tenure:watch, once each way',
    async (t) => {
      const scope = `w${t.root.slice(13, -1)}`;
      using log = watchEvents(scope);
      const member = await join(t, 'a', { scope, timing: slow(t) });
      await using views = following(t, member);
      await views.until((view) => !view.stale);
      const heal = await t.faults.cut(member.client);
      await views.until((view) => view.stale, 2 * life(t) + t.slack);
      await heal();
      await views.until((view) => !view.stale, 10_000);
      assert.deepEqual(
        log.events.map(({ event }) => event),
        ['stale', 'fresh'],
      );
    },
    'cut',
  ),

  waits(
    'a watch that ends while it is stale is told on tenure:watch as ended',
    async (t) => {
      const scope = `e${t.root.slice(13, -1)}`;
      using log = watchEvents(scope);
      const member = await join(t, 'a', { scope, timing: slow(t) });
      {
        await using views = following(t, member);
        await views.until((view) => !view.stale);
        await t.faults.cut(member.client);
        await views.until((view) => view.stale, 2 * life(t) + t.slack);
      }
      assert.deepEqual(
        log.events.map(({ event }) => event),
        ['stale', 'ended'],
      );
    },
    'cut',
  ),

  define(
    'dcs 77. a watch whose connection is reset loses no change of leader',
    async (t) => {
      const [a, b] = [await join(t, 'a'), await join(t, 'b')];
      await using views = following(t, b);
      for (let round = 1; round <= 4; round++) {
        const lease = await win(a.dcs);
        await t.faults.reset(b.client);
        await views.until((view) => view.leader?.token === round, 10_000);
        await lease.release();
        await views.until((view) => view.isUnlocked, 10_000);
      }
    },
    'reset',
  ),

  define('dcs 78. a watch that is aborted ends at once with the reason of its signal', async (t) => {
    const { dcs } = await join(t, 'a');
    const leaving = new AbortController();
    const views = dcs.watch({ signal: leaving.signal });
    await views.next();
    const next = views.next();
    const ended = assert.rejects(next, { message: 'enough' });
    leaving.abort(new Error('enough'));
    const aborted = t.now();
    await ended;
    assert.ok(t.now() - aborted < t.slack);
  }),

  define('views never go back: terms and versions of a watch only rise', async (t) => {
    const [a, b] = [await join(t, 'a'), await join(t, 'b')];
    await using views = following(t, b);
    for (let round = 1; round <= 15; round++) {
      const lease = await win(a.dcs);
      await a.dcs.config.write({ round }, { fence: lease });
      await lease.release();
      if (round % 5 === 0) await b.dcs.view();
    }
    await views.until((view) => view.config.value?.round === 15 && view.isUnlocked);
    const rounds = views.seen.map(({ config }) => Number(config.value?.round ?? 0));
    assert.deepEqual(
      rounds,
      rounds.toSorted((x, y) => x - y),
    );
    const epochs = views.seen.map(({ epoch }) => epoch.value);
    assert.deepEqual(
      epochs,
      epochs.toSorted((x, y) => x - y),
    );
    assert.ok(views.seen.every(({ asOf }, i) => i === 0 || asOf >= (views.seen[i - 1]?.asOf ?? 0)));
  }),

  define('an acquire with a warm watch is one commit and no read', async (t) => {
    const [a, b] = [await join(t, 'a'), await join(t, 'b')];
    await using views = following(t, b);
    const lease = await win(a.dcs);
    await b.dcs.keepAlive();
    await lease.release();
    await views.until((view) => view.isUnlocked && view.epoch.value === 1);
    await b.dcs.keepAlive();
    const sent = b.tap.sent.length;
    await win(b.dcs);
    assert.deepEqual(
      b.tap.sent.slice(sent).map(({ op }) => op),
      ['commit'],
    );
  }),

  define('an acquire whose watch is behind is checked against the store before it is refused', async (t) => {
    const [a, b] = [await join(t, 'a'), await join(t, 'b')];
    await using views = following(t, b);
    const lease = await win(a.dcs);
    await views.until((view) => view.leader?.name === 'a');
    b.tap.blind = true;
    await lease.release();
    assert.equal((await win(b.dcs)).token, 2);
  }),

  define('an acquire whose watch shows a vacancy that is over is refused', async (t) => {
    const [a, b] = [await join(t, 'a'), await join(t, 'b')];
    await using views = following(t, b);
    await views.until((view) => view.isUnlocked);
    b.tap.blind = true;
    const lease = await win(a.dcs);
    assert.equal(await b.dcs.acquire(), undefined);
    await lease.renew();
  }),
];
