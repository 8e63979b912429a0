import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { consul } from '@tenure/consul';
import { SESSION_TTL_MIN } from '../clients/connect.ts';
import type { ServerCluster } from './cluster.ts';
import { type ConsulCluster, type ConsulNode, startConsul, startConsulAgent } from './index.ts';
import { livesAndDies, serves, TTL } from './serving.ts';

/** A client of some nodes of a cluster, with what the cluster wants of one. */
function connect({ certs, token }: ConsulCluster, endpoints: readonly string[]) {
  return consul({
    ...{ endpoints, sessionTtlMin: SESSION_TTL_MIN },
    ...(certs !== undefined && { tls: { ca: certs.ca, ...certs.client } }),
    ...(token !== undefined && { token }),
  });
}

/** As curl would: the body of an answer, whatever its status. */
async function answer(agent: ServerCluster<ConsulNode>, path: string, body: unknown): Promise<string> {
  const response = await fetch(`http://${agent.endpoints[0]}/v1${path}`, { method: 'PUT', body: JSON.stringify(body) });
  return `${response.status} ${await response.text()}`;
}

suite('Consul', () => {
  test('one node serves, and again after kill and restart', async () => {
    await using cluster = await startConsul({ fast: true });
    assert.equal(await cluster.leaderIndex(), 0);
    await livesAndDies(cluster, () => connect(cluster, cluster.endpoints));
  });

  test('three nodes with ACLs and TLS serve who has a token and a certificate, and nobody else', async () => {
    await using cluster = await startConsul({ nodes: 3, fast: true, acl: true, tls: true });
    const { certs, endpoints, token = '' } = cluster;
    assert.ok(certs);
    await using stranger = consul({ endpoints, token, tls: { ca: certs.ca } });
    await assert.rejects(stranger.read('/', { timeout: 2000 }), { code: 'UNAVAILABLE' });
    await using nobody = consul({ endpoints, tls: { ca: certs.ca, ...certs.client } });
    await assert.rejects(nobody.read('/before/'), { code: 'DENIED' });
    await livesAndDies(cluster, () => connect(cluster, endpoints));
  });

  test('a client agent with ACLs and TLS serves what its servers serve, and lives and dies by itself', async () => {
    await using cluster = await startConsul({ fast: true, acl: true, tls: true });
    await using agent = await startConsulAgent(cluster);
    await livesAndDies(agent, () => connect(cluster, agent.endpoints));
    await using store = connect(cluster, cluster.endpoints);
    await serves(store, '/server');
  });

  test('a client agent puts its own words before those of its servers, and both are understood', async () => {
    await using cluster = await startConsul({ nodes: 3, fast: true });
    await using agent = await startConsulAgent(cluster);
    await using store = connect(cluster, agent.endpoints);
    const session = await store.openSession(TTL);
    await cluster.api('PUT', `/session/destroy/${session.id}`);
    // A single write is a call that fails, by way of a follower once more; a transaction is a call that succeeds, with the
    // words in its answer.
    const words = `invalid session "${session.id}"`;
    assert.match(
      await answer(agent, `/kv/k?acquire=${session.id}`, 'x'),
      new RegExp(`^500 (rpc error making call: ){1,2}${words}$`),
    );
    const lock = [{ KV: { Verb: 'lock', Key: 'k', Value: '', Session: session.id } }];
    const what = { Results: null, Errors: [{ OpIndex: 0, What: words }] };
    assert.equal(await answer(agent, '/txn', lock), `409 ${JSON.stringify(what)}`);
    const put = { type: 'put', key: '/k', value: '', session } as const;
    const lost = { code: 'SESSION_LOST', maybeApplied: false };
    await assert.rejects(store.commit({ guards: [], writes: [put] }), lost);
    await assert.rejects(session.renew({ guards: [], writes: [put] }), lost);
    await assert.rejects(session.renew(), lost);

    await using hasty = consul({ endpoints: agent.endpoints, sessionTtlMin: 100 });
    const message = /rpc error making call: Invalid Session TTL/;
    await assert.rejects(hasty.openSession(hasty.limits.minTtl), { code: 'LIMIT', message });

    for (const node of cluster.nodes) await node.kill();
    const free = { type: 'put', key: '/k', value: '' } as const;
    // The first one may meet the connection that the agent had: whether it arrived, nobody knows.
    await assert.rejects(store.commit({ guards: [], writes: [free] }), { code: 'UNAVAILABLE' });
    await assert.rejects(store.commit({ guards: [], writes: [free] }), { code: 'UNAVAILABLE', maybeApplied: false });
  });

  test('bad options are named', async () => {
    await assert.rejects(startConsul({ nodes: 2 as 1 }), { name: 'RangeError', message: /nodes is 2/ });
  });
});
