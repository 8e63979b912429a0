import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DcsError, lead } from '@tenure/core';
import { held, World } from './fixtures.ts';

const lost = (error: unknown) => DcsError.is(error, 'LEASE_LOST');

test('validity ends before the session can expire, by the drift bound and the stop budget', async () => {
  const world = new World();
  const dcs = world.dcs('a', { timing: { stopBudget: 2000, drift: 0.001 } });
  const lease = held(await dcs.acquire());
  assert.equal(lease.token, 1);
  assert.equal(lease.remaining, (30_000 * 0.999) / 1.001 - 2000);
  await world.clock.advance(lease.remaining - 1);
  lease.assertHeld();
  await world.clock.advance(1);
  assert.throws(() => lease.assertHeld(), lost);
  assert.equal(lease.signal.aborted, true);
  await assert.rejects(lease.renew(), lost);
  assert.equal((await world.dcs('b').view()).leader?.name, 'a', 'the store still keeps the key');
});

test('a renewal prolongs, a release hands over at once, tokens go on', async () => {
  const world = new World();
  const a = world.dcs('a');
  const b = world.dcs('b');
  const first = held(await a.acquire());
  await world.clock.advance(10_000);
  await first.renew({ status: { optime: 7 } });
  assert.ok(first.remaining > 29_000);
  assert.equal(await b.acquire(), undefined);
  await first.release({ status: { optime: 9 } });
  assert.equal(first.held, false);
  const second = held(await b.acquire());
  assert.equal(second.token, 2);
  assert.equal((await b.view()).status.value?.optime, 9);
});

test('campaign waits for its turn and takes over when the leader dies', async () => {
  const world = new World();
  const a = world.dcs('a');
  const b = world.dcs('b');
  await a.acquire();
  let won: number | undefined;
  const campaign = b.campaign().then((lease) => {
    won = world.clock.now();
    return lease;
  });
  await world.clock.advance(29_999);
  assert.equal(won, undefined);
  await world.clock.advance(10_000);
  assert.equal((await campaign).token, 2);
  assert.equal(won, 30_000);
  await b.close();
});

test('a leader key that was removed by hand ends the lease at the next renewal', async () => {
  const world = new World();
  const dcs = world.dcs('a');
  const lease = held(await dcs.acquire());
  const admin = world.store();
  await admin.commit({ guards: [], writes: [{ type: 'delete', key: '/service/batman/leader' }] });
  await assert.rejects(lease.renew(), /leader key was removed/);
  assert.equal(held(await dcs.acquire()).token, 2);
});

test('the fence refuses a deposed leader, also when the key names it again', async () => {
  const world = new World();
  const old = world.dcs('a');
  const lease = held(await old.acquire());
  const young = world.dcs('a');
  assert.equal(held(await young.acquire()).token, 2);
  await assert.rejects(old.config.write({ ttl: 1 }, { fence: lease }), lost);
  await assert.rejects(lease.renew(), lost);
  await assert.rejects(old.acquire(), (error) => DcsError.is(error, 'NAME_IN_USE'));
  assert.equal((await young.config.read()).version, null);
});

test('retime moves the keys without a gap and keeps the token', async () => {
  const world = new World();
  const dcs = world.dcs('a');
  await dcs.announce({ state: 'running' });
  const lease = held(await dcs.acquire());
  const before = dcs.session;
  await dcs.retime({ ttl: 60_000 });
  assert.notEqual(dcs.session, before);
  lease.assertHeld();
  assert.ok(lease.remaining > 59_000);
  const view = await dcs.view();
  assert.equal(view.leader?.session, dcs.session);
  assert.equal(view.members[0]?.session, dcs.session);
  await lease.renew();
  assert.equal(lease.token, 1);
});

test('lead runs the work, renews, and starts it again after a loss', async () => {
  const world = new World();
  const dcs = world.dcs('a');
  const tokens: number[] = [];
  const result = lead(dcs, async (lease) => {
    tokens.push(lease.token);
    if (lease.token === 1) {
      await new Promise((resolve) => lease.signal.addEventListener('abort', resolve));
      return 'never seen';
    }
    await world.clock.sleep(120_000);
    lease.assertHeld();
    return 'done';
  });
  await world.clock.advance(1000);
  const session = dcs.session;
  assert.ok(session);
  world.server.expire(session);
  await world.clock.advance(200_000);
  assert.equal(await result, 'done');
  assert.deepEqual(tokens, [1, 2]);
  assert.equal((await dcs.view()).leader, undefined);
});

test('lead that is told to stop lets the work end, then gives office up', async () => {
  const world = new World();
  const dcs = world.dcs('a');
  const stop = new AbortController();
  let ended = 0;
  const result = lead(
    dcs,
    async (lease) => {
      await new Promise((resolve) => lease.signal.addEventListener('abort', resolve));
      await world.clock.sleep(500);
      ended = world.clock.now();
    },
    { signal: stop.signal },
  );
  const rejected = assert.rejects(result, /enough/);
  await world.clock.advance(1000);
  stop.abort(new Error('enough'));
  await world.clock.advance(499);
  assert.equal((await world.dcs('b').view()).leader?.name, 'a', 'office is kept while the work winds up');
  await world.clock.advance(1);
  await rejected;
  assert.equal(ended, 1500);
  assert.equal((await world.dcs('b').view()).leader, undefined);
});
