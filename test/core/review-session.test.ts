import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DcsError, type Lease, lead, SharedSession } from '@tenure/core';
import { held, World } from './fixtures.ts';
import { answeredLate, delayed, muted, unreachable, Wire } from './wire.ts';

const lost = (error: unknown) => DcsError.is(error, 'LEASE_LOST');

test('the first term on a session that is half spent is renewed before it ends', async () => {
  const world = new World();
  // Of 30 s there are 14.4 s to act: enough for a loop of 10 s, not for one that begins 4.9 s late.
  const timing = { ttl: 30_000, loopWait: 10_000, retryTimeout: 10_000, stopBudget: 15_500 };
  const leader = world.dcs('a', { timing });
  const follower = world.dcs('b', { timing });
  const first = held(await leader.acquire());
  let office: Lease | undefined;
  const stop = new AbortController();
  const work = async (lease: Lease) => {
    office = lease;
    await new Promise((resolve) => lease.signal.addEventListener('abort', resolve));
  };
  const leading = assert.rejects(lead(follower, work, { once: true, signal: stop.signal }), /enough/);
  for (let second = 1; second <= 10; second += 1) {
    await world.clock.advance(1000);
    await first.renew();
  }
  await world.clock.advance(4900);
  await first.release();
  await world.clock.advance(60_000);
  assert.equal(held(office).token, 2);
  assert.equal(held(office).held, true);
  stop.abort(new Error('enough'));
  await leading;
});

test('an office that was won while the shared session could not be renewed is ours, for what the session still guarantees', async () => {
  const world = new World();
  const wire = new Wire(world.store());
  const dcs = world.dcs('a', { store: wire, session: new SharedSession(wire, 30_000) });
  await dcs.keepAlive();
  const { loopWait } = dcs.timing;
  await world.clock.advance(loopWait);
  const failed = wire.next('renew', unreachable);
  const lease = held(await dcs.acquire());
  await failed;
  assert.equal((await dcs.view()).leader?.token, lease.token);
  assert.ok(lease.held);
  assert.ok(lease.remaining <= 30_000 - loopWait, 'the failed renewal prolonged nothing');
  await lease.renew();
  assert.ok(lease.remaining > 30_000 - loopWait);
});

test('a lease does not hang on the renewal of a session that was lost before its own', async () => {
  const world = new World();
  const wire = new Wire(world.store());
  const session = new SharedSession(wire, 30_000);
  const a = world.dcs('a', { store: wire, session });
  const b = world.dcs('b', { store: wire, session, scope: 'robin' });
  await a.keepAlive();
  await world.clock.advance(10_000);
  const answer = Promise.withResolvers<void>();
  const asked = wire.next('renew', delayed(answer.promise));
  const stuck = a.keepAlive();
  await asked;
  assert.ok(b.session);
  world.server.expire(b.session);
  await b.announce({ state: 'running' });
  const lease = held(await b.acquire());
  await world.clock.advance(6000);
  const renewed = lease.renew();
  answer.resolve();
  await renewed;
  lease.assertHeld();
  assert.ok(lease.remaining > 29_000, 'its own session was renewed');
  await stuck;
  assert.equal((await b.view()).leader?.session, b.session);
});

test('a fenced write that is refused looks for the reason within its own deadline', async () => {
  const { world, wire, dcs, lease } = await deposed();
  const began = world.clock.now();
  const answer = Promise.withResolvers<void>();
  const sent = wire.next('commit', answeredLate(answer.promise));
  let settled: number | undefined;
  const write = assert.rejects(dcs.config.write({ ttl: 1 }, { fence: lease })).then(() => {
    settled = world.clock.now() - began;
  });
  await sent;
  await world.clock.advance(dcs.timing.retryTimeout * 0.8);
  silence(wire);
  answer.resolve();
  await world.clock.advance(dcs.timing.retryTimeout * 2);
  await write;
  assert.equal(settled, dcs.timing.retryTimeout);
});

test('a fenced write that is refused hears its signal while it looks for the reason', async () => {
  const { world, wire, dcs, lease } = await deposed();
  const leaving = new AbortController();
  const refused = wire.next('commit', (send) => {
    silence(wire);
    return send();
  });
  const write = assert.rejects(dcs.config.write({ ttl: 1 }, { fence: lease, signal: leaving.signal }), /never mind/);
  await refused;
  await world.clock.advance(0);
  leaving.abort(new Error('never mind'));
  let heard = false;
  const hearing = write.then(() => {
    heard = true;
  });
  await world.clock.advance(0);
  assert.equal(heard, true);
  await hearing;
});

test('a renewal that is refused looks for the reason within its own deadline', async () => {
  const { world, wire, dcs, lease } = await deposed();
  const began = world.clock.now();
  const answer = Promise.withResolvers<void>();
  const sent = wire.next('renew', answeredLate(answer.promise));
  let settled: number | undefined;
  const renewal = assert.rejects(lease.renew(), lost).then(() => {
    settled = world.clock.now() - began;
  });
  await sent;
  await world.clock.advance(dcs.timing.retryTimeout * 0.8);
  silence(wire);
  answer.resolve();
  await world.clock.advance(0);
  assert.equal(lease.signal.aborted, true, 'the lease has ended before its reason is known');
  await world.clock.advance(dcs.timing.retryTimeout * 2);
  await renewal;
  assert.equal(settled, dcs.timing.retryTimeout);
});

/** A leader whose key was taken away behind its back. */
async function deposed() {
  const world = new World();
  const wire = new Wire(world.store());
  const dcs = world.dcs('a', { store: wire });
  const lease = held(await dcs.acquire());
  const key = dcs.layout.key('leader');
  await world.store().commit({ guards: [], writes: [{ type: 'put', key, value: 'b' }] });
  return { world, wire, dcs, lease };
}

function silence(wire: Wire): void {
  wire.every('read', muted);
  wire.every('commit', muted);
}
