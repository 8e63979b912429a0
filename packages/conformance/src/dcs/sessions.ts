import assert from 'node:assert/strict';
import { type Lease, SharedSession } from '@tenure/core';
import { answered } from '../answered.ts';
import { type Definition, define, waits } from '../case.ts';
import { Tap } from './tap.ts';
import {
  aborts,
  at,
  brisk,
  calm,
  expireLast,
  guaranteed,
  join,
  joinOn,
  life,
  rejects,
  stored,
  sturdy,
  win,
} from './world.ts';

/** Sessions that end, and sessions that are shared. */
export const sessionCases: readonly Definition[] = [
  waits(
    'dcs 28. leader and member of one who stopped renewing are gone by ttl and the grace of the store',
    async (t) => {
      const [a, b] = [await join(t, 'a', { timing: brisk(t) }), await join(t, 'b')];
      await a.dcs.announce({ state: 'running' });
      const lease = await win(a.dcs);
      const last = t.now();
      await t.until(
        async () => {
          const { leader, members } = await b.dcs.view();
          return leader === undefined && members.length === 0;
        },
        life(t) + t.grace + t.slack,
      );
      assert.ok(t.now() - last >= lease.deadline - last, 'the keys went before the lease ended');
      assert.equal(lease.held, false);
      await aborts(t, lease.signal, t.slack);
    },
  ),

  waits('renew does not revive a lease that ran out, though the session still lives', async (t) => {
    const half = (await guaranteed(t, life(t))) / 2;
    const { dcs, tap } = await join(t, 'a', { timing: { ttl: life(t), stopBudget: half, loopWait: half / 3 } });
    const lease = await win(dcs);
    await aborts(t, lease.signal, half + t.slack);
    const sent = tap.count('renew');
    await rejects(lease.renew(), 'LEASE_LOST');
    assert.equal(tap.count('renew'), sent, 'a renewal was sent for a lease that had run out');
    assert.equal(lease.held, false);
  }),

  define(
    'dcs 30. a session that was ended on the server is replaced by keepAlive, and the member restored',
    async (t) => {
      const { dcs, tap } = await join(t, 'a');
      await dcs.announce({ state: 'running' });
      const first = dcs.session;
      await expireLast(t, tap);
      await dcs.keepAlive();
      assert.notEqual(dcs.session, first);
      const member = await stored(tap, at(t, 'members/a'));
      assert.equal(member?.value, '{"state":"running"}');
      assert.equal(member?.session, dcs.session);
    },
    'expire',
  ),

  define(
    'dcs 31. a session lost between its opening and the acquire costs one regrant',
    async (t) => {
      const { dcs, tap } = await join(t, 'a');
      await dcs.keepAlive();
      await expireLast(t, tap);
      const lease = await answered(() => win(dcs));
      assert.equal(lease.token, 1);
      assert.equal(tap.count('open'), 2);
      assert.equal((await stored(tap, at(t, 'leader')))?.session, dcs.session);
      await lease.renew();
    },
    'expire',
  ),

  define(
    'a session that ended on the server unknown to its holder: renew is LEASE_LOST, a fenced write too',
    async (t) => {
      const [a, b] = [await join(t, 'a'), await join(t, 'b')];
      const lease = await win(a.dcs);
      await expireLast(t, a.tap);
      await t.until(async () => (await stored(b.tap, at(t, 'leader'))) === undefined, t.slack);
      await rejects(a.dcs.config.write({ a: 1 }, { fence: lease }), 'LEASE_LOST');
      assert.equal(lease.held, false);
      const next = await win(a.dcs);
      assert.equal(next.token, 2);
      await expireLast(t, a.tap);
      await rejects(next.renew(), 'LEASE_LOST');
      assert.ok(next.signal.aborted);
      assert.equal((await win(b.dcs)).token, 3);
    },
    'expire',
  ),

  define('Dcs that share a session open one, and their renewals are one', async (t) => {
    const tap = new Tap(await t.connect());
    const session = new SharedSession(tap, calm(t).ttl);
    const members = ['s1', 's2', 's3', 's4'].map((scope) => joinOn(t, tap, 'a', { scope, session }));
    const leases = await Promise.all(members.map(win));
    assert.equal(tap.count('open'), 1);
    assert.equal(new Set(members.map((dcs) => dcs.session)).size, 1);
    const before = tap.count('renew');
    await Promise.all(leases.map((lease) => lease.renew()));
    assert.ok(tap.count('renew') - before <= 1, `${tap.count('renew') - before} renewals for one session`);
  }),

  waits('a lease on a shared session lives by its own renewals, and each proves its own key', async (t) => {
    const tap = new Tap(await t.connect());
    const session = new SharedSession(tap, sturdy(t).ttl);
    const [one, two] = ['s', 's2'].map((scope) => joinOn(t, tap, 'a', { scope, session, timing: sturdy(t) }));
    assert.ok(one && two);
    const [first, second] = [await win(one), await win(two)];
    for (const end = t.now() + 1.4 * session.ttl; t.now() < end; await t.sleep(life(t) / 8)) await second.renew();
    assert.ok(second.held);
    assert.equal(first.held, false, 'a lease was prolonged that nobody renewed');
    await rejects(first.renew(), 'LEASE_LOST');
    await tap.commit({ guards: [], writes: [{ type: 'delete', key: t.key('s2/leader') }] });
    await rejects(second.renew(), 'LEASE_LOST');
  }),

  define(
    'Dcs that share a session lose their leases together',
    async (t) => {
      const tap = new Tap(await t.connect());
      const session = new SharedSession(tap, calm(t).ttl);
      const members = ['s1', 's2', 's3'].map((scope) => joinOn(t, tap, 'a', { scope, session }));
      const leases = await Promise.all(members.map(win));
      await expireLast(t, tap);
      await rejects((leases[0] as Lease).verify(), 'LEASE_LOST');
      await answered(async () => members[1]?.announce({ state: 'running' }));
      // Told, not asked.
      assert.ok(leases.every(({ signal }) => signal.aborted));
      assert.ok(leases.every(({ held }) => !held));
      const next = await Promise.all(members.map(win));
      assert.deepEqual(
        next.map(({ token }) => token),
        [2, 2, 2],
      );
      assert.equal(tap.count('open'), 2);
    },
    'expire',
  ),

  waits('close on a shared session leaves no leader key behind, even when the lease had run out', async (t) => {
    const tap = new Tap(await t.connect());
    const session = new SharedSession(tap, life(t));
    const [one, two] = ['s', 's2'].map((scope) => joinOn(t, tap, 'a', { scope, session, timing: brisk(t) }));
    assert.ok(one && two);
    const first = await win(one);
    while (first.held) {
      await two.keepAlive();
      await t.sleep(life(t) / 8);
    }
    await one.close();
    await two.keepAlive();
    assert.equal(await stored(tap, at(t, 'leader')), undefined);
    await session.end();
  }),

  define('close releases the lease, removes the member and ends the session; later calls are CLOSED', async (t) => {
    const [a, b] = [await join(t, 'a'), await join(t, 'b')];
    await a.dcs.announce({ state: 'running' });
    const lease = await win(a.dcs);
    await a.dcs.close();
    assert.equal(lease.held, false);
    const { leader, members } = await b.dcs.view();
    assert.deepEqual([leader, members], [undefined, []]);
    await rejects(a.dcs.view(), 'CLOSED');
    await rejects(a.dcs.acquire(), 'CLOSED');
    await rejects(a.dcs.campaign(), 'CLOSED');
    await a.dcs.close();
  }),
];
