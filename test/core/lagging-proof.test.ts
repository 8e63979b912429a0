import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DcsError, type Snapshot, SnapshotFeed, type Store, type Version } from '@tenure/core';
import { World } from './fixtures.ts';
import { Wire } from './wire.ts';

/** A store whose watch tells each state at once but proves it late, as etcd's does between two progress answers. */
function provesLate(store: Store): Store {
  const watch: Store['watch'] = (prefix, options) => {
    const inner = store.watch(prefix, options)[Symbol.asyncIterator]();
    const late = (it: IteratorResult<Snapshot>): IteratorResult<Snapshot> =>
      it.done === true ? it : { done: false, value: { ...it.value, asOf: it.value.asOf - 60_000 } };
    return {
      [Symbol.asyncIterator]: () => ({
        next: async () => late(await inner.next()),
        return: async () => late((await inner.return?.()) ?? { done: true, value: undefined }),
      }),
    };
  };
  return watching(store, watch);
}

/** The same store with another watch. */
function watching(store: Store, watch: Store['watch']): Store {
  return new Proxy(store, {
    get: (target, key) => {
      if (key === 'watch') return watch;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

test('a state that the watch tells is the latest, though it is proven later than a read was', async () => {
  const world = new World();
  const dcs = world.dcs('a', { store: provesLate(world.store()) });
  const views = dcs.watch();
  await views.next();
  assert.equal((await dcs.view()).leader, undefined);
  await world.dcs('b').acquire();
  await views.next();
  assert.equal(dcs.latest?.leader?.name, 'b');
  await dcs.close();
});

test('a member key that was removed by hand is noticed by the watch, and written again', async () => {
  const world = new World();
  const dcs = world.dcs('a', { store: provesLate(world.store()) });
  const views = dcs.watch();
  await views.next();
  await dcs.announce({ state: 'running' });
  await views.next();
  await world.store().commit({ guards: [], writes: [{ type: 'delete', key: '/service/batman/members/a' }] });
  await views.next();
  await dcs.announce({ state: 'running' });
  assert.equal((await dcs.view()).members[0]?.name, 'a');
  await dcs.close();
});

test('a read does not make the latest view fresh while the watch is stale: nobody would say when the answer has aged', async () => {
  const world = new World();
  const store = world.store();
  let feed: SnapshotFeed | undefined;
  const watch: Store['watch'] = (_, options = {}) => {
    feed = new SnapshotFeed(store.clock, options, () => undefined);
    return feed;
  };
  const dcs = world.dcs('a', { store: watching(store, watch) });
  const views = dcs.watch();
  feed?.push(new Map(), store.clock.now());
  assert.equal((await views.next()).value.stale, false);
  await world.clock.advance(dcs.timing.loopWait + 1);
  assert.equal((await views.next()).value.stale, true);
  await world.dcs('b').acquire();
  assert.equal((await dcs.view()).leader?.name, 'b');
  await world.clock.advance(10 * dcs.timing.loopWait);
  assert.equal(dcs.latest?.stale, true);
  feed?.confirm(store.clock.now());
  await views.next();
  assert.equal(dcs.latest?.stale, false);
  await dcs.close();
});

test('until a watch has told its first state, reads say what is latest', async () => {
  const world = new World();
  const store = world.store();
  const watch: Store['watch'] = (_, options = {}) => new SnapshotFeed(store.clock, options, () => undefined);
  const dcs = world.dcs('a', { store: watching(store, watch) });
  await dcs.view();
  const first = dcs.watch().next();
  await world.dcs('b').acquire();
  await dcs.view();
  assert.equal(dcs.latest?.leader?.name, 'b');
  await dcs.close();
  await assert.rejects(first);
});

test('a bid from a watch that has not seen our last term does not take that term for its own work when its reply is lost', async () => {
  const world = new World();
  const wire = new Wire(world.store());
  let feed: SnapshotFeed | undefined;
  const watch: Store['watch'] = (_, options = {}) => {
    feed = new SnapshotFeed(wire.clock, options, () => undefined);
    return feed;
  };
  const dcs = world.dcs('a', { store: watching(wire, watch) });
  const views = dcs.watch();
  feed?.push(new Map(), wire.clock.now());
  await views.next();
  assert.equal((await dcs.acquire())?.token, 1);
  for (let round = 1; round <= 4; round += 1) {
    await world.clock.advance(dcs.timing.loopWait);
    feed?.confirm(wire.clock.now());
    await dcs.keepAlive();
  }
  assert.equal(dcs.lease, undefined);
  const lost = wire.next('commit', async (send) => {
    await send();
    throw new DcsError('UNAVAILABLE', 'the reply was lost', { maybeApplied: true });
  });
  assert.equal((await dcs.acquire())?.token, 2);
  await lost;
  await dcs.close();
});

test('a state that arrives later than its proof is good for is told as stale, until it is proven anew', async () => {
  const { clock } = new World();
  const feed = new SnapshotFeed(clock, { staleAfter: 1000 }, () => undefined);
  feed.push(new Map(), clock.now());
  assert.equal((await feed.next()).value.stale, false);
  const sent = clock.now();
  await clock.advance(1001);
  assert.equal((await feed.next()).value.stale, true);
  const entries = new Map([['k', { value: 'v', version: '1' as Version }]]);
  feed.push(entries, sent);
  assert.deepEqual((await feed.next()).value, { entries, asOf: sent, stale: true });
  feed.confirm(clock.now() - 999);
  assert.equal((await feed.next()).value.stale, false);
  await clock.advance(2);
  assert.equal((await feed.next()).value.stale, true);
  await feed.return();
});
