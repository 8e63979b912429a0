import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DcsError } from '@tenure/core';
import { held, World } from './fixtures.ts';
import { answeredLate, overtaken, unreachable, Wire } from './wire.ts';

function worldOfOne() {
  const world = new World();
  const wire = new Wire(world.store());
  return { world, wire, dcs: world.dcs('a', { store: wire }) };
}

test('changes of timing that overlap take their turns: the lease is kept, the last one is in force', async () => {
  const { dcs } = worldOfOne();
  const lease = held(await dcs.acquire());
  await Promise.all([dcs.retime({ ttl: 45_000 }), dcs.retime({ ttl: 60_000 })]);
  lease.assertHeld();
  assert.equal(dcs.timing.ttl, 60_000);
  assert.ok(lease.remaining > 59_000);
  await lease.renew();
  assert.equal((await dcs.view()).leader?.session, dcs.session);
  assert.equal(await dcs.acquire(), lease);
});

test('a change of timing while the session is being opened waits for it, and moves to one of the new ttl', async () => {
  const { wire, dcs } = worldOfOne();
  const answer = Promise.withResolvers<void>();
  const opening = wire.next('open', answeredLate(answer.promise));
  const acquiring = dcs.acquire();
  await opening;
  // No room for this loopWait in the 30 s of the session that is being opened.
  const retiming = dcs.retime({ ttl: 90_000, loopWait: 35_000, retryTimeout: 10_000 });
  answer.resolve();
  const lease = held(await acquiring);
  await retiming;
  lease.assertHeld();
  assert.ok(lease.remaining > 89_000);
  assert.equal(await dcs.acquire(), lease);
  await dcs.retime({ ttl: 90_000, loopWait: 35_000, retryTimeout: 10_000 });
  await lease.renew();
});

test('a member that announces while the timing changes is on the session of the new timing', async () => {
  const { wire, dcs } = worldOfOne();
  const answer = Promise.withResolvers<void>();
  const opening = wire.next('open', answeredLate(answer.promise));
  const announcing = dcs.announce({ state: 'running' });
  await opening;
  const retiming = dcs.retime({ ttl: 90_000, loopWait: 35_000, retryTimeout: 10_000 });
  answer.resolve();
  await Promise.all([announcing, retiming]);
  await dcs.keepAlive();
  assert.ok(held(await dcs.acquire()).remaining > 89_000);
  const { members } = await dcs.view();
  assert.deepEqual(
    members.map(({ session }) => session),
    [dcs.session],
  );
});

test('an office that is won while the timing changes goes along to the new session', async () => {
  const { world, wire, dcs } = worldOfOne();
  await dcs.announce({ state: 'running' });
  const answer = Promise.withResolvers<void>();
  const opening = wire.next('open', answeredLate(answer.promise));
  const retiming = dcs.retime({ ttl: 60_000 });
  await opening;
  const acquiring = dcs.acquire();
  await world.clock.advance(0);
  answer.resolve();
  const lease = held(await acquiring);
  await retiming;
  await world.clock.advance(0);
  lease.assertHeld();
  const { leader, members } = await dcs.view();
  assert.deepEqual([leader?.name, leader?.session], ['a', dcs.session]);
  assert.equal(members[0]?.session, dcs.session);
  assert.ok(lease.remaining > 59_000);
});

test('a change of timing that begins while the office is being won keeps it', async () => {
  const { wire, dcs } = worldOfOne();
  await dcs.announce({ state: 'running' });
  const answer = Promise.withResolvers<void>();
  const sent = wire.next('commit', answeredLate(answer.promise), '/leader');
  const acquiring = dcs.acquire();
  await sent;
  const retiming = dcs.retime({ ttl: 60_000 });
  answer.resolve();
  const lease = held(await acquiring);
  await retiming;
  lease.assertHeld();
  assert.ok(lease.remaining > 59_000);
  assert.equal((await dcs.view()).leader?.session, dcs.session);
});

test('a lease that is being moved to a session with a shorter ttl lasts no longer than that one does', async () => {
  const { world, wire, dcs } = worldOfOne();
  const lease = held(await dcs.acquire());
  const answer = Promise.withResolvers<void>();
  const moving = wire.next('commit', answeredLate(answer.promise));
  const retiming = dcs.retime({ ttl: 9000 });
  await moving;
  // Less than the 10 s after which the answer is given up, which a process that was stopped may not notice in time either.
  await world.clock.advance(9000);
  held(await world.dcs('b').acquire());
  assert.equal(lease.held, false);
  answer.resolve();
  await retiming;
  assert.equal(lease.held, false);
});

test('a change of timing that fails leaves the lease what its session still guarantees', async () => {
  const { wire, dcs } = worldOfOne();
  const lease = held(await dcs.acquire());
  const failed = wire.next('commit', unreachable);
  await assert.rejects(dcs.retime({ ttl: 9000 }), (error) => DcsError.is(error, 'UNAVAILABLE'));
  await failed;
  assert.ok(lease.remaining > 29_000);
});

/** The timing is changed, while a session of the old ttl is still being opened: `late` lets that come. */
async function retimedWhileOpening() {
  const { world, wire, dcs } = worldOfOne();
  await dcs.announce({ state: 'running' });
  const [next, late] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const openingNext = wire.next('open', answeredLate(next.promise));
  // No room for this loopWait in the 30 s of the session that was opened first.
  const retiming = dcs.retime({ ttl: 90_000, loopWait: 35_000, retryTimeout: 10_000 });
  await openingNext;
  world.server.expire(held(dcs.session));
  const openingLate = wire.next('open', answeredLate(late.promise));
  const keeping = dcs.keepAlive();
  await openingLate;
  next.resolve();
  await retiming;
  return { world, dcs, late, keeping };
}

test('a session of the old ttl that is opened while the timing changes does not take the place of the new one', async () => {
  const { dcs, late, keeping } = await retimedWhileOpening();
  late.resolve();
  await keeping;
  assert.ok(held(await dcs.acquire()).remaining > 89_000);
});

test('nor does it when the new one is lost in its turn before it comes: another of the new ttl is opened', async () => {
  const { world, dcs, late, keeping } = await retimedWhileOpening();
  world.server.expire(held(dcs.session));
  const losing = dcs.keepAlive();
  await world.clock.advance(0);
  assert.equal(dcs.session, undefined);
  late.resolve();
  await Promise.all([keeping, losing]);
  assert.equal(dcs.granted?.ttl, 90_000);
  assert.ok(held(await dcs.acquire()).remaining > 89_000);
});

test('an office that may have moved to a new session is not given up with it: its holder has only just been told to stop', async () => {
  const { world, wire, dcs } = worldOfOne();
  const lease = held(await dcs.acquire());
  const move = overtaken();
  const moving = wire.next('commit', move.fate);
  const read = Promise.withResolvers<void>();
  const looking = wire.next('read', answeredLate(read.promise));
  const retiming = assert.rejects(dcs.retime({ ttl: 60_000 }), (error) => DcsError.is(error, 'UNAVAILABLE'));
  await moving;
  await looking;
  await world.clock.advance(0);
  await move.land();
  read.resolve();
  await retiming;
  assert.equal(lease.held, false);
  assert.equal(await world.dcs('b').acquire(), undefined);
  await world.clock.advance(60_000);
  held(await world.dcs('b').acquire());
});

test('an office that was to move and did not is its holder’s to release, who was told that it is lost', async () => {
  const { world, wire, dcs } = worldOfOne();
  const lease = held(await dcs.acquire());
  const moving = wire.next('commit', overtaken().fate);
  await assert.rejects(dcs.retime({ ttl: 60_000 }), (error) => DcsError.is(error, 'UNAVAILABLE'));
  await moving;
  assert.equal(lease.held, false);
  await dcs.keepAlive();
  assert.equal(await world.dcs('b').acquire(), undefined);
  await lease.release();
  held(await world.dcs('b').acquire());
});

test('a change of timing does not give up the office of a term that has just run out: its holder may still be stopping', async () => {
  const world = new World();
  const leader = world.dcs('b', { timing: { ttl: 30_000, stopBudget: 10_000 } });
  const lease = held(await leader.acquire());
  await world.clock.advance(20_000);
  assert.equal(lease.held, false);
  await leader.retime({ ttl: 60_000 });
  const next = world.dcs('c');
  assert.equal(await next.acquire(), undefined);
  await lease.release();
  held(await next.acquire());
});
