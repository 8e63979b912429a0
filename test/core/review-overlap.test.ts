import assert from 'node:assert/strict';
import { test } from 'node:test';
import { held, World } from './fixtures.ts';
import { answeredLate, Wire } from './wire.ts';

/** A leader on a session of 60 s that is being moved to one of 20 s; the store has done it, its answer is on the way. */
async function moving(signal?: AbortSignal) {
  const world = new World();
  const wire = new Wire(world.store());
  const dcs = world.dcs('a', { store: wire, timing: { ttl: 60_000 } });
  const lease = held(await dcs.acquire());
  const answer = Promise.withResolvers<void>();
  const sent = wire.next('commit', answeredLate(answer.promise));
  const retiming = dcs.retime({ ttl: 20_000 }, signal === undefined ? {} : { signal }).catch(() => undefined);
  await sent;
  return { world, wire, dcs, lease, retiming, answer };
}

test('a caller who leaves a change of timing under way never leaves two leaders', async () => {
  const leaving = new AbortController();
  const { world, lease, retiming, answer } = await moving(leaving.signal);
  leaving.abort(new Error('never mind'));
  await world.clock.advance(0);
  answer.resolve();
  await retiming;
  await world.clock.advance(20_000);
  const other = await world.dcs('b').acquire();
  assert.ok(!(lease.held && other?.held), `a holds for ${lease.remaining} ms more, and b holds`);
});

test('a caller who leaves a change of timing under way leaves a lease that can be renewed', async () => {
  const leaving = new AbortController();
  const { world, dcs, lease, retiming, answer } = await moving(leaving.signal);
  leaving.abort(new Error('never mind'));
  await world.clock.advance(0);
  answer.resolve();
  await retiming;
  await lease.renew();
  assert.equal((await dcs.view()).leader?.session, dcs.session);
});

test('close leaves no leader behind when a change of timing is under way', async () => {
  const { world, dcs, retiming, answer } = await moving();
  const closing = dcs.close();
  await world.clock.advance(0);
  answer.resolve();
  await closing;
  await retiming;
  assert.equal((await world.dcs('b').view()).leader, undefined);
});

test('whoever closes while a close is under way waits for the same end', async () => {
  const world = new World();
  const wire = new Wire(world.store());
  const dcs = world.dcs('a', { store: wire, ownStore: true });
  await dcs.acquire();
  const answer = Promise.withResolvers<void>();
  const asked = wire.next('commit', answeredLate(answer.promise));
  const first = dcs.close();
  await asked;
  let ended = false;
  const second = dcs.close().then(() => {
    ended = true;
  });
  await world.clock.advance(0);
  assert.equal(ended, false);
  assert.equal(wire.closed, false, 'the store is needed to end the session');
  answer.resolve();
  await Promise.all([first, second]);
  assert.equal(wire.sent.end, 1);
  assert.equal(wire.closed, true);
});
