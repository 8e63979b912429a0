import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { DcsError } from '@tenure/core';
import { held, World } from './fixtures.ts';
import { answeredLate, delayed, type Fate, overtaken, unreachable, Wire } from './wire.ts';

const unavailable = (error: unknown) => DcsError.is(error, 'UNAVAILABLE');

function worldOfOne() {
  const world = new World();
  const wire = new Wire(world.store());
  return { world, wire, dcs: world.dcs('a', { store: wire }) };
}

/** An office whose release the store did not answer. */
async function owing() {
  const { world, wire, dcs } = worldOfOne();
  const lease = held(await dcs.acquire());
  const heal = wire.every('commit', unreachable);
  const failed = assert.rejects(lease.release(), unavailable);
  await world.clock.advance(dcs.timing.retryTimeout);
  await failed;
  heal();
  assert.equal((await dcs.view()).leader?.name, 'a', 'the store knows nothing of the release');
  return { world, dcs, lease };
}

test('a release that the store did not answer can be repeated', async () => {
  const { world, dcs, lease } = await owing();
  await lease.release();
  assert.equal((await dcs.view()).leader, undefined);
  assert.equal(held(await world.dcs('b').acquire()).token, 2);
});

test('keepAlive repeats a release that the store did not answer, lest it keep the office of nobody', async () => {
  const { world, dcs } = await owing();
  await dcs.keepAlive();
  assert.equal(held(await world.dcs('b').acquire()).token, 2);
});

test('an acquire does not join an attempt that its caller has left', async () => {
  const { wire, dcs } = worldOfOne();
  const answer = Promise.withResolvers<void>();
  const asked = wire.next('read', answeredLate(answer.promise));
  const leaving = new AbortController();
  const first = assert.rejects(dcs.acquire({ signal: leaving.signal }), /the first caller left/);
  await asked;
  leaving.abort(new Error('the first caller left'));
  await first;
  const second = dcs.acquire();
  answer.resolve();
  assert.equal(held(await second).held, true);
});

test('a caller who leaves in the turn in which the answer comes has a lease, or its office is given back', async () => {
  for (let turns = 0; turns < 100; turns += 1) {
    const { wire, dcs } = worldOfOne();
    const answer = Promise.withResolvers<void>();
    const sent = wire.next('commit', answeredLate(answer.promise));
    const leaving = new AbortController();
    const asked = dcs.acquire({ signal: leaving.signal });
    await sent;
    answer.resolve();
    for (let turn = 0; turn < turns; turn += 1) await undefined;
    leaving.abort(new Error('left'));
    const lease = await asked.catch((error: Error) => assert.equal(error.message, 'left'));
    if (lease !== undefined) assert.equal(held(lease).held, true, `after ${turns} turns`);
    await setImmediate();
    assert.equal((await dcs.view()).leader?.name, lease === undefined ? undefined : 'a', `after ${turns} turns`);
  }
});

test('an acquire gets a lease that lasts, not one that is being given back for a caller who left', async () => {
  const { world, wire, dcs } = worldOfOne();
  const answer = Promise.withResolvers<void>();
  const sent = wire.next('commit', answeredLate(answer.promise));
  const leaving = new AbortController();
  const first = assert.rejects(dcs.acquire({ signal: leaving.signal }), /the first caller left/);
  await sent;
  leaving.abort(new Error('the first caller left'));
  await first;
  const second = dcs.acquire();
  answer.resolve();
  const lease = held(await second);
  await world.clock.advance(0);
  assert.equal(lease.held, true);
  await lease.renew();
  const { leader } = await dcs.view();
  assert.deepEqual([leader?.name, leader?.token], ['a', lease.token]);
});

test('an acquire that was aborted before the call sends nothing', async () => {
  const { world, wire, dcs } = worldOfOne();
  await assert.rejects(dcs.acquire({ signal: AbortSignal.abort(new Error('never mind')) }), /never mind/);
  await world.clock.advance(0);
  assert.deepEqual(wire.sent, { open: 0, read: 0, commit: 0, renew: 0, end: 0 });
  assert.equal(dcs.session, undefined);
});

test('a term that follows a lost one while that is still being released is no twin', async () => {
  const { world, wire, dcs } = worldOfOne();
  const first = held(await dcs.acquire());
  assert.ok(dcs.session);
  world.server.expire(dcs.session);
  const looking = Promise.withResolvers<void>();
  const asked = wire.next('read', delayed(looking.promise), '/leader');
  const released = first.release();
  await asked;
  const second = held(await dcs.acquire());
  assert.equal(second.token, 2);
  looking.resolve();
  await released;
  assert.equal(second.held, true);
  await second.release();
  assert.equal(held(await dcs.acquire()).token, 3);
});

test('an acquire that is refused because an earlier one of ours landed late takes the office all the same', async () => {
  const { world, wire, dcs } = worldOfOne();
  const late = overtaken();
  const lost = wire.next('commit', late.fate);
  const first = assert.rejects(dcs.acquire(), (error) => unavailable(error) && error.maybeApplied);
  await lost;
  await first;
  const arrival = Promise.withResolvers<void>();
  const sent = wire.next('commit', delayed(arrival.promise));
  const second = dcs.acquire();
  await sent;
  await late.land();
  arrival.resolve();
  const lease = held(await second);
  assert.equal(lease.token, 2, 'the late commit was term 1');
  lease.assertHeld();
  const { leader } = await world.dcs('b').view();
  assert.deepEqual([leader?.name, leader?.session], ['a', dcs.session]);
});

/** A caller has left an attempt whose commit nobody answered, and which could not be read back either. */
async function leftInTheDark(fate: Fate) {
  const { world, wire, dcs } = worldOfOne();
  const sent = wire.next('commit', fate);
  const leaving = new AbortController();
  const acquired = assert.rejects(dcs.acquire({ signal: leaving.signal }), /the caller left/);
  await sent;
  leaving.abort(new Error('the caller left'));
  await acquired;
  const heal = wire.every('read', unreachable);
  await world.clock.advance(2 * dcs.timing.retryTimeout);
  heal();
  return { world, wire, dcs };
}

test('keepAlive gives back an office that was won for a caller who had left', async () => {
  const { world, dcs } = await leftInTheDark(answeredLate(new Promise(() => undefined)));
  assert.equal((await dcs.view()).leader?.name, 'a', 'it was won');
  await dcs.keepAlive();
  assert.equal((await dcs.view()).leader, undefined);
  assert.equal(held(await world.dcs('b').acquire()).token, 2);
});

test('keepAlive asks again as long as a commit of an attempt that was left may arrive', async () => {
  const { fate, land } = overtaken();
  const { world, dcs } = await leftInTheDark(fate);
  await dcs.keepAlive();
  await land();
  assert.equal((await dcs.view()).leader?.name, 'a', 'it was won at last');
  await dcs.keepAlive();
  assert.equal(held(await world.dcs('b').acquire()).token, 2);
});

test('keepAlive gives back an office that may be ours, when its caller does not call again', async () => {
  const { world, wire, dcs } = worldOfOne();
  const sent = wire.next('commit', answeredLate(new Promise(() => undefined)));
  const acquired = assert.rejects(dcs.acquire(), unavailable);
  await sent;
  await world.clock.advance(dcs.timing.retryTimeout);
  await acquired;
  await dcs.keepAlive();
  assert.equal(held(await world.dcs('b').acquire()).token, 2);
});

test('an office that is heard of too late to be held is given back', async () => {
  const { world, wire, dcs } = worldOfOne();
  const { ttl, retryTimeout } = dcs.timing;
  await dcs.keepAlive();
  await world.clock.advance(ttl - retryTimeout / 2);
  const broken = Promise.withResolvers<void>();
  const sent = wire.next('renew', async (send) => {
    await send();
    await broken.promise;
    throw new DcsError('UNAVAILABLE', 'the connection broke', { maybeApplied: true });
  });
  const acquired = assert.rejects(dcs.acquire(), (error) => DcsError.is(error, 'LEASE_LOST'));
  await sent;
  // The store has renewed the session, but nobody heard of that: validity still counts from when it was opened.
  await world.clock.advance(retryTimeout * 0.6);
  broken.resolve();
  await acquired;
  await world.clock.advance(0);
  assert.equal(held(await world.dcs('b').acquire()).token, 2);
});

test('keepAlive gives back what a bid won whose takeover by the next one came to nothing', async () => {
  const { world, dcs, wire } = await leftInTheDark(answeredLate(new Promise(() => undefined)));
  const { fate } = overtaken();
  const sent = wire.next('renew', fate);
  const acquired = assert.rejects(dcs.acquire(), unavailable);
  await sent;
  await acquired;
  await dcs.keepAlive();
  assert.equal(held(await world.dcs('b').acquire()).token, 2);
});

test('keepAlive gives back an office whose lease ran out a ttl ago, and no sooner: its holder may still be stopping', async () => {
  const { world, dcs } = worldOfOne();
  const rival = world.dcs('b');
  const lease = held(await dcs.acquire());
  const { ttl, loopWait } = dcs.timing;
  const end = lease.deadline;
  for (;;) {
    await dcs.keepAlive();
    if (world.clock.now() - end >= ttl) break;
    assert.equal(await rival.acquire(), undefined, 'the session is alive');
    await world.clock.advance(Math.min(loopWait, end + ttl - world.clock.now()));
  }
  assert.equal(lease.held, false);
  assert.equal(held(await rival.acquire()).token, 2);
});
