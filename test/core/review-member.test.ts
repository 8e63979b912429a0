import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DcsError, SharedSession } from '@tenure/core';
import { held, World } from './fixtures.ts';
import { answeredLate, overtaken, unreachable, Wire } from './wire.ts';

test('closing a Dcs that announced nothing leaves the member of its name alone', async () => {
  const world = new World();
  const owner = world.dcs('a');
  await owner.announce({ state: 'running' });
  const store = world.store();
  const idle = world.dcs('a', { store, session: new SharedSession(store, 30_000) });
  await idle.close();
  assert.equal((await owner.view()).members.length, 1);
});

test('withdraw deletes the key of its own session only', async () => {
  const world = new World();
  const old = world.dcs('a');
  await old.announce({ state: 'stopping' });
  const young = world.dcs('a');
  await young.announce({ state: 'running' });
  await old.withdraw();
  assert.equal((await young.view()).members[0]?.session, young.session);
  await young.withdraw();
  assert.deepEqual((await young.view()).members, []);
});

test('an announcement that lands late does not replace the one that followed it', async () => {
  const world = new World();
  const wire = new Wire(world.store());
  const dcs = world.dcs('a', { store: wire });
  const late = overtaken();
  const lost = wire.next('commit', late.fate, 'old');
  const first = assert.rejects(
    dcs.announce({ state: 'old' }),
    (error) => DcsError.is(error, 'UNAVAILABLE') && error.maybeApplied,
  );
  await lost;
  await first;
  await dcs.announce({ state: 'new' });
  await late.land();
  const stored = async () => (await world.dcs('b').view()).members.map(({ data }) => data.state);
  assert.deepEqual(await stored(), ['new']);
  await dcs.keepAlive();
  assert.deepEqual(await stored(), ['new']);
});

test('the latest view does not go back when an older read is answered after a newer state was seen', async () => {
  const world = new World();
  const wire = new Wire(world.store());
  const dcs = world.dcs('a', { store: wire });
  const watch = dcs.watch();
  await watch.next();
  const answer = Promise.withResolvers<void>();
  const asked = wire.next('read', answeredLate(answer.promise));
  const old = dcs.view();
  await asked;
  await world.clock.advance(1000);
  await world.dcs('b').acquire();
  const { value } = await watch.next();
  assert.equal(value.leader?.name, 'b');
  answer.resolve();
  assert.equal((await old).leader, undefined, 'the answer is what the store said then');
  assert.equal(dcs.latest?.leader?.name, 'b');
  await watch.return?.();
});

test('a consumer that leaves a watch while it waits for a change is let go at once', async () => {
  const world = new World();
  const dcs = world.dcs('a');
  const watch = dcs.watch();
  await watch.next();
  const waiting = watch.next();
  let settled = 0;
  const left = watch.return?.().then(() => {
    settled += 1;
  });
  const woken = waiting.then(({ done }) => {
    assert.equal(done, true);
    settled += 1;
  });
  await world.clock.advance(0);
  assert.equal(settled, 2);
  await Promise.all([left, woken]);
});

test('a renewal is not the worse for a member key that cannot be restored; the next one tries again', async () => {
  const world = new World();
  const wire = new Wire(world.store());
  const dcs = world.dcs('a', { store: wire });
  await dcs.announce({ state: 'running' });
  const lease = held(await dcs.acquire());
  await world.clock.advance(1000);
  const { version } = held((await dcs.view()).members[0]);
  const key = dcs.layout.member('a');
  await world.store().commit({ guards: [{ key, version }], writes: [{ type: 'delete', key }] });
  assert.deepEqual((await dcs.view()).members, []);
  const { deadline } = lease;
  const heal = wire.every('commit', unreachable);
  await lease.renew();
  assert.ok(lease.deadline > deadline);
  heal();
  assert.deepEqual((await dcs.view()).members, []);
  await lease.renew();
  assert.equal((await dcs.view()).members[0]?.session, dcs.session);
});
