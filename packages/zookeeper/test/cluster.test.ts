import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { DcsError, type Store } from '@tenure/core';
import { zookeeper } from '@tenure/zookeeper';
import { startZooKeeper, type ZooKeeperCluster } from '../../../test/servers/index.ts';
import { look, put, until } from './help.ts';

const tickTime = 500;
let cluster: ZooKeeperCluster;
let count = 0;

before(async () => {
  cluster = await startZooKeeper({ version: '3.9', nodes: 3, tickTime });
});
after(() => cluster.stop());

const fresh = () => `/test-${count++}`;
const connect = (...nodes: number[]): Store =>
  zookeeper({ hosts: nodes.map((node) => cluster.endpoints[node] as string), tickTime });

suite('three nodes', () => {
  test('what was committed through one node is read through every other, at once', async () => {
    await using one = connect(0);
    await using two = connect(1);
    await using three = connect(2);
    const key = `${fresh()}/k`;
    for (let n = 0; n < 60; n++) {
      const writer = [one, two, three][n % 3] as Store;
      const version = await put(writer, key, String(n));
      for (const reader of [two, three, one]) {
        assert.equal((await look(reader, key))?.value, String(n));
        assert.ok(await reader.commit({ guards: [{ key, version }], writes: [] }), 'a proof by a follower that lags');
      }
    }
  });

  test('the leader is killed: the session lives on, with its key, and the client goes on', async () => {
    await using store = connect(0, 1, 2);
    await using session = await store.openSession(15_000);
    const key = `${fresh()}/leader`;
    const version = await put(store, key, 'me', session);
    const leader = cluster.nodes[await cluster.leaderIndex()];
    await leader?.kill();
    try {
      const proof = { guards: [{ key, version }], writes: [] };
      const renewed = await until('a renewal is answered', () =>
        session.renew(proof, { timeout: 2000 }).catch((error: unknown) => {
          assert.ok(DcsError.is(error, 'UNAVAILABLE'), String(error));
          return false;
        }),
      );
      assert.ok(renewed);
      assert.equal((await look(store, key))?.session, session.id);
    } finally {
      await leader?.restart();
      await cluster.ready();
    }
  });

  test('without a quorum nothing is renewed, proven, read or written', async () => {
    await using store = connect(0, 1, 2);
    await using session = await store.openSession(15_000);
    const key = `${fresh()}/k`;
    await put(store, key, 'x', session);
    const leader = await cluster.leaderIndex();
    const others = cluster.nodes.filter((_, index) => index !== leader);
    await Promise.all(others.map((node) => node.freeze()));
    try {
      const timeout = 1000;
      const calls = [
        session.renew(undefined, { timeout }),
        store.read(key, { timeout }),
        store.commit({ guards: [], writes: [] }, { timeout }),
        store.commit({ guards: [], writes: [{ type: 'delete', key }] }, { timeout }),
      ];
      for (const [outcome] of await Promise.all(calls.map(async (call) => await Promise.allSettled([call])))) {
        assert.ok(outcome.status === 'rejected' && DcsError.is(outcome.reason, 'UNAVAILABLE'), JSON.stringify(outcome));
      }
    } finally {
      for (const node of others) node.thaw();
      await cluster.ready();
    }
    await until('reads again', () => store.read(key, { timeout: 2000 }).catch(() => false));
  });
});
