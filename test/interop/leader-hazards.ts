import assert from 'node:assert/strict';
import { DcsError, type Lease } from '@tenure/core';
import { servers } from '../clients/connect.ts';
import type { PatroniDcs } from './driver.ts';
import type { Hazard, Yard } from './hazard.ts';

const isLost = (error: unknown) => DcsError.is(error, 'LEASE_LOST');

/** Patroni's class holds the office, and has seen so. */
async function held(yard: Yard): Promise<PatroniDcs> {
  const patroni = await yard.patroni('pg1');
  assert.ok(await patroni.call('attempt_to_acquire_leader'));
  assert.equal((await patroni.view()).leader?.name, 'pg1');
  return patroni;
}

async function leased(yard: Yard): Promise<Lease> {
  const lease = await yard.tenure('pg1').acquire();
  assert.ok(lease);
  return lease;
}

/** The key is another's, as after a pause in which the session ran out. */
async function usurped(yard: Yard): Promise<void> {
  await yard.put('leader', 'rival', await yard.session());
}

/** pg1's name under a session that is not this process's, seen; then a rival's. */
async function seenUnderOldSession(yard: Yard): Promise<PatroniDcs> {
  await yard.put('leader', 'pg1', await yard.session());
  const patroni = await yard.patroni('pg1');
  assert.equal((await patroni.view()).leader?.name, 'pg1');
  await usurped(yard);
  return patroni;
}

async function takesNothingFromARival(yard: Yard): Promise<void> {
  await yard.put('leader', 'pg1', await yard.session());
  const dcs = yard.tenure('pg1');
  assert.equal((await dcs.view()).leader?.name, 'pg1');
  await usurped(yard);
  assert.equal(await dcs.acquire(), undefined);
  assert.equal(await yard.stored('leader'), 'rival');
}

export const leaderHazards: readonly Hazard[] = [
  {
    id: 'H2, H6',
    title: 'a renewal that does not look at the key',
    stores: servers,
    async theirs(yard) {
      const patroni = await held(yard);
      await usurped(yard);
      assert.equal(await patroni.call('renew_seen', 1), true, 'it noticed');
      assert.equal(await yard.stored('leader'), 'rival');
    },
    async ours(yard) {
      const lease = await leased(yard);
      await usurped(yard);
      await assert.rejects(lease.renew(), isLost);
      assert.equal(await yard.stored('leader'), 'rival');
    },
  },
  {
    id: 'H2',
    title: "under a new session it removes a rival's key",
    stores: ['zookeeper'],
    async theirs(yard) {
      const patroni = await seenUnderOldSession(yard);
      assert.equal(await patroni.call('renew_seen', 1), true);
      assert.equal(await yard.stored('leader'), 'pg1', 'the rival is still there');
    },
    ours: takesNothingFromARival,
  },
  {
    id: 'H3',
    title: 'under a new session it calls itself leader beside a rival',
    stores: ['consul'],
    async theirs(yard) {
      const patroni = await seenUnderOldSession(yard);
      assert.equal(await patroni.call('renew_seen', 1), true, 'it noticed');
      assert.equal(await yard.stored('leader'), 'rival');
    },
    ours: takesNothingFromARival,
  },
  {
    id: 'H4',
    title: 'whoever sees the leader key may delete it',
    stores: ['consul'],
    async theirs(yard) {
      await usurped(yard);
      const patroni = await yard.patroni('pg1');
      assert.ok(await patroni.call('delete_leader'));
      assert.equal(await yard.stored('leader'), undefined);
    },
    async ours(yard) {
      const lease = await leased(yard);
      await usurped(yard);
      await lease.release();
      assert.equal(await yard.stored('leader'), 'rival');
    },
  },
  {
    id: 'H5',
    title: 'a member key that another session holds is said to be written',
    stores: ['consul'],
    async theirs(yard) {
      await yard.put('members/pg1', '{"state":"stopped"}', await yard.session());
      const patroni = await yard.patroni('pg1');
      assert.equal(await patroni.call('touch_member', { state: 'running' }), true);
      assert.equal(await yard.stored('members/pg1'), '{"state":"stopped"}');
    },
    async ours(yard) {
      await yard.put('members/pg1', '{"state":"stopped"}', await yard.session());
      await yard.tenure('pg1').announce({ state: 'running' });
      assert.equal(await yard.stored('members/pg1'), '{"state":"running"}');
    },
  },
  {
    id: 'H12',
    title: 'an empty leader key: nobody leads, and nobody can',
    stores: ['etcd', 'zookeeper'],
    async theirs(yard) {
      await yard.put('leader', '');
      const patroni = await yard.patroni('pg1');
      assert.equal((await patroni.view()).unlocked, true);
      assert.equal(await patroni.call('attempt_to_acquire_leader'), false);
    },
    async ours(yard) {
      assert.throws(() => yard.tenure(''), /name must/);
      await yard.put('leader', '');
      const dcs = yard.tenure('pg1');
      const { problems } = await dcs.view();
      assert.deepEqual(
        problems.map(({ key }) => key),
        [yard.key('leader')],
      );
      assert.equal(await dcs.acquire(), undefined);
      assert.equal(await yard.stored('leader'), '');
    },
  },
  {
    id: 'H13',
    title: 'another ttl drops the office',
    stores: ['zookeeper'],
    async theirs(yard) {
      const patroni = await held(yard);
      await patroni.call('set_ttl', 40);
      assert.equal((await patroni.view()).leader, null);
    },
    async ours(yard) {
      const dcs = yard.tenure('pg1');
      const lease = await dcs.acquire();
      assert.ok(lease);
      const leaders: (string | undefined)[] = [];
      const stop = new AbortController();
      const watched = (async () => {
        for await (const { leader } of yard.tenure('observer').watch({ signal: stop.signal }))
          leaders.push(leader?.name);
      })();
      while (leaders.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
      await dcs.retime({ ttl: 40_000 });
      await lease.renew();
      stop.abort();
      await assert.rejects(watched);
      assert.deepEqual([...new Set(leaders)], ['pg1']);
      assert.equal((await dcs.view()).leader?.session, dcs.session);
    },
  },
  {
    id: 'H18',
    title: 'a leader without a member key',
    stores: servers,
    async theirs(yard) {
      const { leader, members } = await (await held(yard)).view();
      assert.deepEqual([leader?.name, leader?.timeline, members], ['pg1', null, []], 'it makes one up');
    },
    async ours(yard) {
      await leased(yard);
      const { leader, members, problems } = await yard.tenure('observer').view();
      assert.deepEqual([leader?.name, leader?.member, members, problems], ['pg1', undefined, [], []]);
    },
  },
];
