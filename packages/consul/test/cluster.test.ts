import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { DcsError, type Session, type Store } from '@tenure/core';
import { type ConsulNode, startConsul } from '../../../test/servers/index.ts';
import { consul } from '../src/index.ts';
import { failsWith, put, until } from './help.ts';

/** Long enough for an election, which takes Consul three to four seconds, and for the sessions to outlive it. */
const TTL = 60_000;

suite('three servers', async () => {
  const cluster = await startConsul({ fast: true, nodes: 3 });
  after(() => cluster.stop());
  const connect = (endpoints: readonly string[] = cluster.endpoints) => consul({ endpoints, sessionTtlMin: 1000 });

  async function office(store: Store): Promise<{ session: Session; prove: () => Promise<boolean> }> {
    const session = await store.openSession(TTL);
    const key = `/office/${session.id}`;
    const commit = await store.commit({ guards: [], writes: [{ ...put(key, 'me'), session }] });
    const guards = [{ key, version: commit?.versions.get(key) ?? null }];
    return { session, prove: async () => (await session.renew({ guards, writes: [] })) !== undefined };
  }

  async function leader(): Promise<ConsulNode> {
    return cluster.nodes[await cluster.leaderIndex()] as ConsulNode;
  }

  async function followers(): Promise<ConsulNode[]> {
    const leads = await leader();
    return cluster.nodes.filter((node) => node !== leads);
  }

  test('a dead agent costs one look: calls go on at the next one', async () => {
    const [dead, alive] = (await followers()) as [ConsulNode, ConsulNode];
    await using store = connect([dead.endpoint, alive.endpoint]);
    const { session, prove } = await office(store);
    await dead.kill();
    assert.ok(await prove());
    assert.ok(await store.commit({ guards: [], writes: [put('/failover/a', '1')] }));
    assert.equal((await store.read('/failover/')).entries.size, 1);
    await session.end();
    await dead.restart();
    await cluster.ready();
  });

  test('a frozen agent costs its share of the time: reads and renewals go on at the next one', async () => {
    const [frozen, alive] = (await followers()) as [ConsulNode, ConsulNode];
    await using store = connect([frozen.endpoint, alive.endpoint]);
    const { session, prove } = await office(store);
    await frozen.freeze();
    try {
      assert.ok(await prove());
      const error = await store.read('/').then(
        () => undefined,
        (reason: unknown) => reason,
      );
      assert.equal(error, undefined);
      await session.end();
    } finally {
      frozen.thaw();
    }
    await cluster.ready();
  });

  for (const fault of ['kill', 'freeze'] as const) {
    test(`the leader, ${fault}: the session outlives the election, and a watch goes on`, async () => {
      const leads = await leader();
      const others = (await followers()).map(({ endpoint }) => endpoint);
      await using store = connect(others);
      const { session, prove } = await office(store);
      const watch = store.watch('/election/', { staleAfter: 3000 });
      let seen = '';
      const following = (async () => {
        for await (const { entries } of watch) seen = entries.get('/election/k')?.value ?? '';
      })().catch(() => {});
      await (fault === 'kill' ? leads.kill() : leads.freeze());
      try {
        await until('a renewal under the next leader', () => prove().catch(unavailable), TTL / 2);
        const value = `${fault} ${performance.now()}`;
        assert.ok(await store.commit({ guards: [], writes: [put('/election/k', value)] }));
        await until('the watch', () => seen === value);
        await session.end();
      } finally {
        if (fault === 'kill') await leads.restart();
        else leads.thaw();
      }
      await cluster.ready();
      await store.close();
      await following;
    });
  }

  test('without a quorum every call ends by its own deadline, though the server takes seven seconds', async () => {
    const [one, two] = (await followers()) as [ConsulNode, ConsulNode];
    await using store = connect([one.endpoint]);
    const { session } = await office(store);
    await two.kill();
    await (await leader().catch(() => two)).kill();
    const calls = [
      store.read('/', { timeout: 2000 }),
      store.commit({ guards: [{ key: '/none', version: null }], writes: [] }, { timeout: 2000 }),
      session.renew(undefined, { timeout: 2000 }),
      store.openSession(TTL, { timeout: 2000 }),
    ];
    const began = performance.now();
    for (const error of await Promise.all(calls.map((call) => failsWith('UNAVAILABLE', call)))) {
      assert.equal(error.maybeApplied, false);
    }
    // Half of the time that the server would take.
    assert.ok(performance.now() - began < 3500);
    for (const node of cluster.nodes) if (!node.alive) await node.restart();
    await cluster.ready();
    assert.ok(await until('a renewal', () => session.renew().catch(unavailable)));
  });
});

suite('one server', async () => {
  const cluster = await startConsul();
  after(() => cluster.stop());
  const { endpoints } = cluster;

  test('a ttl below what the server grants is LIMIT and says so', async () => {
    await using store = consul({ endpoints, sessionTtlMin: 1000 });
    const error = await failsWith('LIMIT', store.openSession(2000));
    assert.match(error.message, /must be between/);
  });

  test('a session is asked for at half the ttl, deletes its keys, and has no health check', async () => {
    await using store = consul({ endpoints });
    await using session = await store.openSession(30_000);
    const [info] = (await cluster.api('GET', `/session/info/${session.id}`)) as Record<string, unknown>[];
    assert.equal(session.ttl, 30_000);
    assert.equal(session.guaranteed, 15_000);
    assert.equal(info?.TTL, '15000ms');
    assert.equal(info?.Behavior, 'delete');
    assert.equal(info?.LockDelay, 1e6);
    assert.deepEqual(info?.NodeChecks ?? info?.Checks ?? [], []);
  });

  test('the checks that were asked for are bound to the session', async () => {
    await using store = consul({ endpoints, checks: ['serfHealth'] });
    await using session = await store.openSession(30_000);
    const [info] = (await cluster.api('GET', `/session/info/${session.id}`)) as Record<string, unknown>[];
    assert.deepEqual(info?.NodeChecks ?? info?.Checks, ['serfHealth']);
  });

  test('a takeover waits for the lock delay of a foreign session, and no longer', async () => {
    await using store = consul({ endpoints });
    await using session = await store.openSession(30_000);
    // Ends long after the first attempt has given up.
    const foreign = { LockDelay: '4s', TTL: '30s', Behavior: 'delete' };
    const { ID } = (await cluster.api('PUT', '/session/create', JSON.stringify(foreign))) as { ID: string };
    assert.equal(await cluster.api('PUT', `/kv/delayed?acquire=${ID}`, 'x'), true);
    await cluster.api('PUT', `/session/destroy/${ID}`);
    const txn = { guards: [{ key: '/delayed', version: null }], writes: [{ ...put('/delayed', 'mine'), session }] };
    await failsWith('UNAVAILABLE', store.commit(txn, { timeout: 500 }));
    assert.equal((await store.read('/delayed')).entries.size, 0);
    assert.ok(await store.commit(txn));
  });

  test('two values that do not fit into one request are LIMIT, and nothing is written', async () => {
    await using store = consul({ endpoints });
    const value = 'x'.repeat(store.limits.maxValueBytes);
    const error = await failsWith(
      'LIMIT',
      store.commit({ guards: [], writes: [put('/b/1', value), put('/b/2', value)] }),
    );
    assert.equal(error.maybeApplied, false);
    assert.equal((await store.read('/b/')).entries.size, 0);
  });
});

function unavailable(error: unknown): undefined {
  if (!DcsError.is(error, 'UNAVAILABLE')) throw error;
  return undefined;
}
