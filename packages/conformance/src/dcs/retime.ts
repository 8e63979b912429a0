import assert from 'node:assert/strict';
import { type Definition, define, waits } from '../case.ts';
import { aborts, at, calm, guaranteed, join, life, put, rejects, remove, stored, win } from './world.ts';

/** A change of ttl, loopWait and retryTimeout while in office. */
export const retimeCases: readonly Definition[] = [
  define('dcs 34. retime moves leader and member to a new session without a gap, under the same token', async (t) => {
    const [a, b] = [await join(t, 'a'), await join(t, 'b')];
    await a.dcs.announce({ state: 'running' });
    const lease = await win(a.dcs);
    const first = a.dcs.session;
    const over = new AbortController();
    const ways = [polled(t, b.tap, over.signal), watched(t, b.tap, over.signal)];
    for (const way of ways) way.catch(() => undefined);
    const rival = b.dcs.campaign({ signal: over.signal });
    rival.catch(() => undefined);
    for (const factor of [2, 3, 2]) {
      await a.dcs.retime({ ttl: calm(t).ttl * factor });
      await lease.renew();
    }
    assert.notEqual(a.dcs.session, first);
    assert.equal(a.dcs.lease, lease);
    assert.equal(lease.token, 1);
    for (const key of ['leader', 'members/a']) {
      assert.equal((await stored(b.tap, at(t, key)))?.session, a.dcs.session, key);
    }
    await b.tap.read(t.root);
    over.abort(new Error('seen enough'));
    for (const seen of await Promise.all(ways)) assert.deepEqual([...seen], ['a'], 'vacant, or in another name');
    await assert.rejects(rival, { message: 'seen enough' });
    assert.equal((await stored(b.tap, at(t, 'epoch')))?.value, '1');
  }),

  waits('after retime the old session is gone, and the lease keeps the new ttl', async (t) => {
    // Where the shortest ttl is long, that alone would be the new one.
    const { dcs, tap } = await join(t, 'a', { timing: { ttl: 2 * calm(t).ttl } });
    const lease = await win(dcs);
    await dcs.retime({ ttl: life(t) });
    assert.equal(dcs.timing.ttl, life(t));
    const whole = tap.sessions.at(-1)?.guaranteed ?? 0;
    assert.ok(lease.remaining <= whole, `${lease.remaining} ms of a session that is guaranteed for ${whole}`);
    assert.equal(tap.count('end'), 1);
    await t.until(async () => (await stored(tap, at(t, 'leader'))) === undefined, life(t) + t.grace + t.slack);
    assert.equal(lease.held, false);
    await aborts(t, lease.signal, t.slack);
  }),

  define('dcs 35. retime to the same ttl leaves the session and the leader key as they are', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    const lease = await win(dcs);
    const [session, leader] = [dcs.session, await stored(tap, at(t, 'leader'))];
    const { ttl } = dcs.timing;
    await dcs.retime({ ttl, loopWait: ttl / 5 });
    assert.equal(dcs.timing.loopWait, ttl / 5);
    assert.equal(dcs.session, session);
    assert.deepEqual(await stored(tap, at(t, 'leader')), leader);
    await lease.renew();
  }),

  define('retime to a larger stop budget ends the lease, and its signal, that much earlier', async (t) => {
    const { dcs } = await join(t, 'a', { timing: { ttl: calm(t).ttl, loopWait: 10 } });
    const stopBudget = (await guaranteed(t, calm(t).ttl)) - 500;
    const lease = await win(dcs);
    await dcs.retime({ stopBudget });
    assert.ok(lease.remaining <= 500);
    await aborts(t, lease.signal, 500 + t.slack);
  }),

  define('retime that leaves no room for a renewal is a RangeError and changes nothing', async (t) => {
    const { dcs } = await join(t, 'a');
    const lease = await win(dcs);
    const before = dcs.timing;
    await assert.rejects(dcs.retime({ stopBudget: before.ttl - 1 }), RangeError);
    await assert.rejects(dcs.retime({ ttl: before.ttl * 2, stopBudget: before.ttl * 2 - 1 }), RangeError);
    await assert.rejects(dcs.retime({ ttl: dcs.store.limits.maxTtl + 1 }), RangeError);
    await assert.rejects(dcs.retime({ loopWait: before.ttl, retryTimeout: before.ttl }), RangeError);
    assert.deepEqual(dcs.timing, before);
    await lease.renew();
  }),

  define('retime by one who was deposed is LEASE_LOST, and the rival is left alone', async (t) => {
    const [a, b] = [await join(t, 'a'), await join(t, 'b')];
    const lease = await win(a.dcs);
    await remove(b.tap, at(t, 'leader'));
    const next = await win(b.dcs);
    const leader = await stored(b.tap, at(t, 'leader'));
    await rejects(a.dcs.retime({ ttl: calm(t).ttl * 2 }), 'LEASE_LOST');
    assert.equal(lease.held, false);
    assert.deepEqual(await stored(b.tap, at(t, 'leader')), leader);
    await next.renew();
  }),

  define('retime after the leader key was rewritten by hand is LEASE_LOST', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    await win(dcs);
    await put(tap, at(t, 'leader'), 'a');
    await rejects(dcs.retime({ ttl: calm(t).ttl * 2 }), 'LEASE_LOST');
    assert.equal((await stored(tap, at(t, 'leader')))?.session, undefined);
  }),

  define('retime whose reply was lost is settled by a read: the lease goes on', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    await dcs.announce({ state: 'running' });
    const lease = await win(dcs);
    tap.loseReply('commit');
    await dcs.retime({ ttl: calm(t).ttl * 2 });
    assert.ok(lease.held);
    assert.equal((await stored(tap, at(t, 'leader')))?.session, dcs.session);
    await lease.renew();
    await dcs.keepAlive();
    assert.equal((await stored(tap, at(t, 'members/a')))?.session, dcs.session);
  }),

  define('retime whose request was lost ends the lease; the office can be had again', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    const lease = await win(dcs);
    tap.loseRequest('commit');
    await rejects(dcs.retime({ ttl: calm(t).ttl * 2 }), 'UNAVAILABLE');
    assert.equal(lease.held, false);
    assert.equal((await win(dcs)).token, 2);
    assert.equal((await stored(tap, at(t, 'leader')))?.session, dcs.session);
  }),

  define('retime does not revive a lease that ran out unnoticed', async (t) => {
    const whole = await guaranteed(t, calm(t).ttl);
    const timing = { ttl: calm(t).ttl, stopBudget: (7 / 8) * whole, loopWait: 100 };
    for (const change of [{ stopBudget: 0 }, { loopWait: 90 }, { ttl: calm(t).ttl * 2, stopBudget: 0 }]) {
      const { dcs, tap } = await join(t, 'a', { timing, scope: `s${Object.values(change).join('-')}` });
      const lease = await win(dcs);
      const wake = tap.clock.hang();
      await t.until(() => !lease.held, whole / 8 + t.slack);
      await dcs.keepAlive();
      await dcs.retime(change);
      assert.equal(lease.held, false, `revived by ${JSON.stringify(change)}`);
      wake();
    }
  }),

  define('a lease that runs out while retime is under way stays lost', async (t) => {
    const whole = await guaranteed(t, calm(t).ttl);
    const { dcs, tap } = await join(t, 'a', {
      timing: { ttl: calm(t).ttl, stopBudget: (7 / 8) * whole, loopWait: 100 },
    });
    const lease = await win(dcs);
    const wake = tap.clock.hang();
    const held = tap.holdReply('commit');
    const moved = dcs.retime({ ttl: calm(t).ttl * 2, stopBudget: 0 });
    moved.catch(() => undefined);
    await held.arrived;
    await t.until(() => !lease.held, whole / 8 + t.slack);
    held.go();
    await moved.catch(() => undefined);
    assert.equal(lease.held, false);
    wake();
    assert.ok(lease.signal.aborted);
  }),

  define('a renewal that is under way during retime does not cost the office', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    const lease = await win(dcs);
    const held = tap.holdRequest('renew');
    const renewal = lease.renew();
    await held.arrived;
    const moved = dcs.retime({ ttl: calm(t).ttl * 2 });
    await Promise.race([moved, t.sleep(200)]);
    held.go();
    await Promise.all([renewal, moved]);
    assert.ok(lease.held);
    await lease.renew();
    assert.equal((await stored(tap, at(t, 'epoch')))?.value, '1');
  }),

  define('a fenced write that is under way during retime lands', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    const lease = await win(dcs);
    const held = tap.holdRequest('commit');
    const write = dcs.config.write({ a: 1 }, { fence: lease });
    await held.arrived;
    const moved = dcs.retime({ ttl: calm(t).ttl * 2 });
    await Promise.race([moved, t.sleep(200)]);
    held.go();
    const [version] = await Promise.all([write, moved]);
    assert.ok(version !== undefined, 'a write that names no version was refused');
    assert.equal((await stored(tap, at(t, 'config')))?.value, '{"a":1}');
  }),
];

type World = Parameters<Definition['body']>[0];
type Client = Awaited<ReturnType<typeof join>>['tap'];

async function polled(t: World, tap: Client, over: AbortSignal): Promise<Set<string | undefined>> {
  const seen = new Set<string | undefined>();
  while (!over.aborted && !t.signal.aborted) {
    seen.add((await stored(tap, at(t, 'leader')))?.value);
    await t.sleep(2);
  }
  return seen;
}

async function watched(t: World, tap: Client, over: AbortSignal): Promise<Set<string | undefined>> {
  const seen = new Set<string | undefined>();
  try {
    for await (const { entries } of tap.watch(at(t, 'leader'), { signal: AbortSignal.any([over, t.signal]) })) {
      seen.add(entries.get(at(t, 'leader'))?.value);
    }
  } catch (error) {
    if (!over.aborted) throw error;
  }
  return seen;
}
