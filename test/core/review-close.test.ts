import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DcsError } from '@tenure/core';
import { memory } from '@tenure/embedded';
import { held, World } from './fixtures.ts';
import { answeredLate, muted, Wire } from './wire.ts';

const closed = (error: unknown) => DcsError.is(error, 'CLOSED');

test('close ends the session and the store although the caller of an attempt left with a reason of its own', async () => {
  const world = new World();
  const wire = new Wire(world.store());
  const dcs = world.dcs('a', { store: wire, ownStore: true });
  // Watched, so that the attempt begins with what is known; refused, so that it looks again when its caller has left.
  const watch = dcs.watch();
  await watch.next();
  const answer = Promise.withResolvers<void>();
  const refused = wire.next('commit', async (send) => {
    await world.dcs('b').acquire();
    return await answeredLate(answer.promise)(send);
  });
  const leaving = new AbortController();
  const attempt = assert.rejects(dcs.acquire({ signal: leaving.signal }), /SIGTERM/);
  await refused;
  leaving.abort(new Error('SIGTERM'));
  await attempt;
  const closing = dcs.close();
  answer.resolve();
  await closing;
  assert.equal(dcs.session, undefined);
  assert.equal(wire.sent.end, 1);
  assert.equal(wire.closed, true);
});

test('close takes its 3 seconds at most, also when it is refused and then left without an answer', async () => {
  const real = new Wire(memory());
  const dcs = new World().dcs('a', { store: real, timing: { ttl: 30_000, retryTimeout: 10_000 } });
  const lease = held(await dcs.acquire());
  await real.commit({ guards: [], writes: [{ type: 'delete', key: dcs.layout.key('leader') }] });
  real.every('read', muted);
  const began = performance.now();
  await dcs.close();
  const took = performance.now() - began;
  // Twice what it may take is still well under the 10 s of retryTimeout, which it must not take.
  assert.ok(took < 6000, `took ${took} ms`);
  assert.equal(lease.held, false);
  assert.equal(real.sent.end, 1);
});

test('a Dcs that was closed opens no session again', async () => {
  const world = new World();
  const wire = new Wire(world.store());
  const dcs = world.dcs('a', { store: wire });
  await dcs.keepAlive();
  await dcs.close();
  await assert.rejects(dcs.keepAlive(), closed);
  await assert.rejects(dcs.announce({ state: 'running' }), closed);
  await assert.rejects(dcs.acquire(), closed);
  await world.clock.advance(0);
  assert.equal(wire.sent.open, 1);
  assert.equal(dcs.session, undefined);
});

test('close waits for a session that is still being opened, and ends it', async () => {
  const world = new World();
  const wire = new Wire(world.store());
  const dcs = world.dcs('a', { store: wire });
  const answer = Promise.withResolvers<void>();
  const opening = wire.next('open', answeredLate(answer.promise));
  const announced = assert.rejects(dcs.announce({ state: 'running' }), closed);
  await opening;
  const closing = dcs.close();
  answer.resolve();
  await closing;
  await announced;
  assert.equal(wire.sent.end, 1);
  assert.equal(dcs.session, undefined);
});
