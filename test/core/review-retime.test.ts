import assert from 'node:assert/strict';
import { test } from 'node:test';
import { held, World } from './fixtures.ts';
import { answeredLate, Wire } from './wire.ts';

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
