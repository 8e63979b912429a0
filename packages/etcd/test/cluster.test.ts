import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DcsError } from '@tenure/core';
import { type EtcdCluster, startEtcd } from '../../../test/servers/index.ts';
import { etcd } from '../src/index.ts';
import { SrvLookup } from '../src/srv.ts';
import { Follower, handled, until } from './help.ts';

for (const version of ['3.4', '3.5'] as const) {
  test(`etcd ${version}, three nodes`, async (t) => {
    await using cluster = await startEtcd({ version, nodes: 3, fast: true });
    const { endpoints } = cluster;
    const others = (index: number) => cluster.nodes.filter((_, i) => i !== index);

    await t.test('one endpoint that is down is passed over, for reads, writes and sessions', async () => {
      await cluster.nodes[0]?.kill();
      await cluster.leaderIndex();
      await using store = etcd({ endpoints });
      const session = await store.openSession(5000);
      const put = { type: 'put', key: '/down/a', value: '1', session } as const;
      assert.ok(await store.commit({ guards: [], writes: [put] }));
      assert.ok(await session.renew());
      assert.equal((await store.read('/down/')).entries.size, 1);
      await cluster.nodes[0]?.restart();
      await cluster.ready();
    });

    await t.test('an endpoint that hangs costs its share of the time, once', async () => {
      const leader = await cluster.leaderIndex();
      const [hanging] = others(leader);
      await hanging?.freeze();
      await using store = etcd({ endpoints: [hanging?.endpoint ?? '', cluster.nodes[leader]?.endpoint ?? ''] });
      const began = performance.now();
      await store.read('/', { timeout: 2000 });
      assert.ok(performance.now() - began < 2000);
      await store.read('/', { timeout: 900 });
      hanging?.thaw();
      await cluster.ready();
    });

    await t.test('a member without a quorum proves nothing: no read, no guards-only commit, no renewal', async () => {
      const leader = await cluster.leaderIndex();
      await using store = etcd({ endpoints: [cluster.nodes[leader]?.endpoint ?? ''] });
      const session = await store.openSession(60_000);
      const key = '/minority/a';
      const put = { type: 'put', key, value: '1', session } as const;
      const done = await store.commit({ guards: [], writes: [put] });
      const guards = [{ key, version: done?.versions.get(key) ?? null }];
      const follower = new Follower(store, '/minority/', 1200);
      await until('the first state', () => follower.last !== undefined);
      for (const node of others(leader)) await node.freeze();
      const soon = { timeout: 700 };
      await assert.rejects(store.commit({ guards, writes: [] }, soon), { code: 'UNAVAILABLE', maybeApplied: false });
      await assert.rejects(store.commit({ guards: [], writes: [] }, soon), { code: 'UNAVAILABLE' });
      await assert.rejects(store.read('/minority/', soon), { code: 'UNAVAILABLE' });
      await assert.rejects(session.renew({ guards, writes: [] }, soon), { code: 'UNAVAILABLE' });
      await assert.rejects(session.renew(undefined, soon), { code: 'UNAVAILABLE' });
      await until('the watch says that it is stale', () => follower.last?.stale === true);
      for (const node of others(leader)) node.thaw();
      await cluster.ready();
      await until('and that it is not', () => follower.last?.stale === false);
      assert.ok(await session.renew({ guards, writes: [] }));
      await follower.stop();
      await session.end();
    });

    await t.test('a leader that hangs: renewals go on with the next one', async () => {
      const leader = await cluster.leaderIndex();
      const first = cluster.nodes[leader]?.endpoint ?? '';
      await using store = etcd({ endpoints: [first, ...endpoints.filter((endpoint) => endpoint !== first)] });
      const session = await store.openSession(20_000);
      const follower = new Follower(store, '/hang/', 4000);
      await until('the first state', () => follower.last !== undefined);
      await cluster.nodes[leader]?.freeze();
      await until('a renewal', () => session.renew(undefined, { timeout: 4000 }).then(() => true, unavailableOnly));
      await until('a write', async () => {
        const write = { type: 'put', key: '/hang/a', value: '1' } as const;
        return await store.commit({ guards: [], writes: [write] }, { timeout: 4000 }).catch(unavailableOnly);
      });
      await until('the watch', () => follower.value('/hang/a') === '1');
      cluster.nodes[leader]?.thaw();
      await cluster.ready();
      await follower.stop();
    });

    await t.test('a leader that wakes up deposed does not renew: the new one does', async () => {
      // Long enough that what is left of it when the old leader wakes up, 0.4 of it, suffices a busy machine for the renewal.
      const ttl = 8000;
      const key = '/woken/a';
      const leader = await cluster.leaderIndex();
      await using store = etcd({ endpoints: [cluster.nodes[leader]?.endpoint ?? ''] });
      const session = await store.openSession(ttl);
      await store.commit({ guards: [], writes: [{ type: 'put', key, value: '1', session }] });
      await cluster.nodes[leader]?.freeze();
      const next = await cluster.leaderIndex();
      await using witness = etcd({ endpoints: [cluster.nodes[next]?.endpoint ?? ''] });
      // The election restarted the lease. Most of it passes before the old leader wakes up, which still holds a fresh one.
      const elected = performance.now();
      await until('most of the lease has passed', () => performance.now() - elected > 0.6 * ttl);
      const began = performance.now();
      const renewed = session.renew(undefined, { timeout: 8000 });
      const woken = setTimeout(() => cluster.nodes[leader]?.thaw(), 50);
      assert.notEqual(await renewed, undefined);
      clearTimeout(woken);
      // A renewal that the new leader has not heard of would let the key go at about 1.2 ttl after the election.
      await until('most of the renewed lease has passed', () => performance.now() - began > 0.9 * ttl);
      assert.equal((await witness.read('/woken/')).entries.size, 1);
      await session.end();
      await cluster.ready();
    });

    await t.test('the member list brings endpoints that nobody named', async () => {
      await using store = etcd({ endpoints: endpoints.slice(0, 1), discover: true });
      const before = handled(await cluster.metrics(0), 'MemberList');
      await store.read('/');
      await until('the list', async () => handled(await cluster.metrics(0), 'MemberList') > before);
      await cluster.nodes[0]?.kill();
      await cluster.leaderIndex();
      await until('another member answers', () => store.read('/', { timeout: 3000 }).then(() => true, unavailableOnly));
      await cluster.nodes[0]?.restart();
      await cluster.ready();
    });

    await t.test('SRV records that name peers lead to the client URLs', async () => {
      await srvOfPeers(cluster);
    });
  });
}

function unavailableOnly(error: unknown): false {
  if (!DcsError.is(error, 'UNAVAILABLE')) throw error;
  return false;
}

async function srvOfPeers(cluster: EtcdCluster): Promise<void> {
  const asked: string[] = [];
  const resolver = {
    resolveSrv: async (name: string) => {
      asked.push(name);
      if (!name.startsWith('_etcd-server-green._tcp')) throw new Error(`queryNotFound ${name}`);
      return cluster.nodes.map((node) => ({ name: '127.0.0.1', port: Number(node.peerEndpoint.split(':')[1]) }));
    },
    cancel: () => {},
  };
  const lookup = new SrvLookup('example.org', 'green', () => undefined, resolver);
  const found = await lookup.find();
  assert.deepEqual([...found].sort(), cluster.endpoints.map((endpoint) => `http://${endpoint}`).sort());
  assert.deepEqual(asked, [
    '_etcd-client-ssl-green._tcp.example.org',
    '_etcd-client-green._tcp.example.org',
    '_etcd-ssl-green._tcp.example.org',
    '_etcd-green._tcp.example.org',
    '_etcd-server-ssl-green._tcp.example.org',
    '_etcd-server-green._tcp.example.org',
  ]);
}

test('a store that is full says LIMIT, and that the write may be there', async () => {
  await using cluster = await startEtcd({ version: '3.5', fast: true, quotaBytes: 4 * 1024 * 1024 });
  await using store = etcd({ endpoints: cluster.endpoints });
  const value = 'x'.repeat(500_000);
  const refusal = await until('the quota', async () => {
    try {
      await store.commit({ guards: [], writes: [{ type: 'put', key: `/quota/${Math.random()}`, value }] });
      return undefined;
    } catch (error) {
      return error;
    }
  });
  assert.ok(DcsError.is(refusal, 'LIMIT'));
  assert.equal(refusal.maybeApplied, true);
  assert.ok((await store.read('/quota/')).entries.size > 0, 'reads go on');
});

test('no endpoint answers: a clear error within the time, and no write is said to be under way', async () => {
  await using store = etcd({ endpoints: ['127.0.0.1:1', '127.0.0.1:2'] });
  const write = { type: 'put', key: '/a', value: '1' } as const;
  await assert.rejects(store.commit({ guards: [], writes: [write] }), {
    code: 'UNAVAILABLE',
    maybeApplied: false,
    message: /commit at http:\/\/127\.0\.0\.1:2: No connection established.*ECONNREFUSED/,
  });
  await assert.rejects(store.read('/', { timeout: 300 }), { code: 'UNAVAILABLE', message: /ECONNREFUSED/ });
  await using nowhere = etcd({ endpoints: ['nowhere.invalid:2379'] });
  await assert.rejects(nowhere.commit({ guards: [], writes: [write] }), { code: 'UNAVAILABLE', maybeApplied: false });
});
