import assert from 'node:assert/strict';
import { connect as connectTcp, createServer, type Socket } from 'node:net';
import { after, before, suite, test } from 'node:test';
import { DcsError } from '@tenure/core';
import { zookeeper } from '@tenure/zookeeper';
import { startZooKeeper, type ZooKeeperCluster } from '../../../test/servers/index.ts';
import { look, put, Raw } from './help.ts';

const tickTime = 500;
const isDenied = (error: unknown) => DcsError.is(error, 'DENIED');

suite('digest', () => {
  let cluster: ZooKeeperCluster;
  before(async () => {
    cluster = await startZooKeeper({ version: '3.9', tickTime, digest: true });
  });
  after(() => cluster.stop());

  test('logs in before anything else, on every connection, and again after a loss', async () => {
    await using store = zookeeper({ hosts: cluster.endpoints, tickTime, authData: { digest: 'super:secret' } });
    await using session = await store.openSession(store.limits.minTtl);
    await put(store, '/k', 'x', session);
    assert.ok(await session.renew());
    await cluster.nodes[0]?.kill();
    await cluster.nodes[0]?.restart();
    await cluster.ready();
    await store.read('/', { timeout: 20_000 });
    await put(store, '/l', 'x');
  });

  test('a server that wants a login is DENIED without one, for every call', async () => {
    await using store = zookeeper({ hosts: cluster.endpoints, tickTime });
    await assert.rejects(store.read('/'), isDenied);
    await assert.rejects(store.commit({ guards: [], writes: [{ type: 'put', key: '/m', value: '' }] }), isDenied);
    await assert.rejects(store.openSession(store.limits.minTtl), isDenied);
    await assert.rejects(store.watch('/')[Symbol.asyncIterator]().next(), isDenied);
  });

  test('an unknown scheme is DENIED, and the secret is in no error', async () => {
    await using store = zookeeper({ hosts: cluster.endpoints, tickTime, authData: { nonsense: 'hush' } });
    const error = await store.read('/').catch((reason: unknown) => reason);
    assert.ok(isDenied(error) && !JSON.stringify([String(error), (error as Error).stack]).includes('hush'));
  });
});

suite('TLS', () => {
  let cluster: ZooKeeperCluster;
  before(async () => {
    cluster = await startZooKeeper({ version: '3.9', tickTime, tls: true });
  });
  after(() => cluster.stop());

  const tls = () => ({ ca: cluster.certs?.ca ?? '', ...(cluster.certs?.client ?? { cert: '', key: '' }) });

  test('with certificate and key; a session survives a lost connection', async () => {
    await using store = zookeeper({ hosts: cluster.endpoints, tickTime, tls: tls() });
    await using session = await store.openSession(9000);
    const value = 'x'.repeat(store.limits.maxValueBytes);
    await put(store, '/tls/k', value, session);
    assert.equal((await look(store, '/tls/k'))?.value.length, value.length);
    assert.ok(await session.renew());
  });

  test('a server that is not signed by the given authority is UNAVAILABLE, and the message says so', async () => {
    await using store = zookeeper({ hosts: cluster.endpoints, tickTime, tls: {} });
    const message = new RegExp(
      `^zookeeper: (read|open session) found no server: ${cluster.endpoints[0]}: .*certificate`,
    );
    await assert.rejects(store.read('/', { timeout: 1000 }), { code: 'UNAVAILABLE', maybeApplied: false, message });
    await assert.rejects(store.openSession(store.limits.minTtl, { timeout: 1000 }), { code: 'UNAVAILABLE', message });
  });

  test('a host that the certificate does not name is UNAVAILABLE', async () => {
    const port = cluster.endpoints[0]?.split(':')[1];
    await using store = zookeeper({ hosts: [`127.0.1.1:${port}`], tickTime, tls: tls() });
    await assert.rejects(store.read('/', { timeout: 1000 }), {
      code: 'UNAVAILABLE',
      message: /127\.0\.1\.1|certificate/,
    });
    await using named = zookeeper({ hosts: [`localhost:${port}`], tickTime, tls: tls() });
    await named.read('/');
  });

  test('case 94: x509 ACLs are set on every znode, and keep others out', async () => {
    const setAcls = { 'CN=client': ['ALL'] } as const;
    await using store = zookeeper({ hosts: cluster.endpoints, tickTime, tls: tls(), setAcls });
    await using session = await store.openSession(store.limits.minTtl);
    await put(store, '/acl/dir/k', 'x');
    await put(store, '/acl/bound', 'x', session);
    const plain = [`127.0.0.1:${await plainPort(cluster)}`];
    await using anyone = zookeeper({ hosts: plain, tickTime });
    await assert.rejects(anyone.read('/acl/'), isDenied);
    await assert.rejects(put(anyone, '/acl/dir/k', 'y'), isDenied);
    await using raw = await Raw.open(plain);
    for (const path of ['/acl', '/acl/dir', '/acl/dir/k', '/acl/bound']) await assert.rejects(raw.get(path), path);
    assert.equal((await look(store, '/acl/dir/k'))?.value, 'x');
    assert.equal((await look(store, '/acl/bound'))?.value, 'x');
  });
});

suite('addresses', () => {
  test('an IPv6 literal and a name', async () => {
    await using cluster = await startZooKeeper({ version: '3.8', tickTime });
    const port = Number(cluster.endpoints[0]?.split(':')[1]);
    const sockets = new Set<Socket>();
    const forwarder = createServer((client) => {
      const server = connectTcp({ host: '127.0.0.1', port });
      for (const socket of [client, server]) sockets.add(socket.on('error', () => {}));
      client.pipe(server).pipe(client);
    });
    await new Promise<void>((resolve) => forwarder.listen(0, '::1', resolve));
    try {
      const { port: own } = forwarder.address() as { port: number };
      for (const hosts of [[`[::1]:${own}`], [`localhost:${port}`]]) {
        await using store = zookeeper({ hosts, tickTime });
        await put(store, '/six/k', hosts[0] as string);
        assert.equal((await look(store, '/six/k'))?.value, hosts[0]);
      }
    } finally {
      for (const socket of sockets) socket.destroy();
      forwarder.close();
    }
  });
});

/** The port beside the one with TLS, as the server itself tells. */
async function plainPort(cluster: ZooKeeperCluster): Promise<string> {
  const answer = (await cluster.nodes[0]?.fourLetterWord('conf')) ?? '';
  return /^clientPort=(\d+)$/m.exec(answer)?.[1] ?? '';
}
