import assert from 'node:assert/strict';
import { readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { suite, test } from 'node:test';
import { zookeeper } from '@tenure/zookeeper';
import { ALL, Raw } from '../../packages/zookeeper/test/help.ts';
import { install, startZooKeeper, type ZooKeeperCluster, type ZooKeeperNode } from './index.ts';
import { livesAndDies, TTL } from './serving.ts';

const TICK = 250;

/** A client with what the ensemble wants of one. */
function connect({ endpoints, certs, username, password }: ZooKeeperCluster) {
  return zookeeper({
    ...{ hosts: endpoints, tickTime: TICK, maxTtl: TTL },
    ...(certs !== undefined && { tls: { ca: certs.ca, ...certs.client } }),
    ...(username !== undefined && { authData: { digest: `${username}:${password}` } }),
  });
}

/** A key that is closed to everyone is open to the superuser, and to no other client. */
async function knowsWhoLoggedIn(cluster: ZooKeeperCluster): Promise<void> {
  const { endpoints: hosts, certs, nodes, username, password } = cluster;
  const plain = /^clientPort=(\d+)$/m.exec((await nodes[0]?.fourLetterWord('conf')) ?? '')?.[1];
  await using raw = await Raw.open([`127.0.0.1:${plain}`], `${username}:${password}`);
  await raw.create('/closed', 'x', [{ permission: ALL, id: { scheme: 'digest', id: 'another:hash' } }]);
  await using known = connect(cluster);
  assert.equal((await known.read('/closed')).entries.get('/closed')?.value, 'x');
  const tls = certs && { tls: { ca: certs.ca, ...certs.client } };
  await using unknown = zookeeper({ hosts, tickTime: TICK, ...tls });
  await assert.rejects(unknown.read('/closed'), { code: 'DENIED' });
}

/** What runs, as the kernel knows it. */
function programOf(node: ZooKeeperNode | undefined): string {
  return readlinkSync(`/proc/${node?.pid}/exe`);
}

suite('ZooKeeper', () => {
  for (const version of ['3.8', '3.9'] as const) {
    test(`one node of ${version} serves, and again after kill and restart`, async () => {
      await using cluster = await startZooKeeper({ version });
      const [node] = cluster.nodes;
      assert.ok(node);
      assert.equal(await node.mode(), 'standalone');
      assert.match(await node.fourLetterWord('srvr'), new RegExp(`version: ${version.replace('.', '\\.')}`));
      await node.kill();
      assert.equal(node.alive, false);
      await assert.rejects(cluster.ready(), /ZooKeeper ended/);
      await node.restart();
      await cluster.ready();
      await node.terminate();
      assert.equal(node.alive, false);
    });
  }

  test('three nodes replace a frozen leader, and it follows after the thaw', async () => {
    await using cluster = await startZooKeeper({ version: '3.9', nodes: 3 });
    const before = await cluster.leaderIndex();
    const leader = cluster.nodes[before];
    assert.ok(leader);
    await leader.freeze();
    assert.equal(await leader.mode(), undefined);
    assert.notEqual(await cluster.leaderIndex(20_000), before);
    leader.thaw();
    await cluster.ready();
    assert.notEqual(await cluster.leaderIndex(20_000), before);
  });

  test('one node of 3.8 with TLS serves a client, and again after kill and restart', async () => {
    await using cluster = await startZooKeeper({ version: '3.8', tickTime: TICK, tls: true });
    await livesAndDies(cluster, () => connect(cluster));
  });

  test('one node of 3.8 with digest serves who logged in, and again after kill and restart', async () => {
    await using cluster = await startZooKeeper({ version: '3.8', tickTime: TICK, digest: true });
    await knowsWhoLoggedIn(cluster);
    await livesAndDies(cluster, () => connect(cluster));
  });

  for (const version of ['3.8', '3.9'] as const) {
    test(`three nodes of ${version} with TLS and digest serve who has both, and again after one restarted`, async () => {
      await using cluster = await startZooKeeper({ version, nodes: 3, tickTime: TICK, tls: true, digest: true });
      const { endpoints: hosts, certs } = cluster;
      await using stranger = zookeeper({ hosts, tickTime: TICK, tls: { ca: certs?.ca ?? '' } });
      await assert.rejects(stranger.read('/', { timeout: 2000 }), { code: 'UNAVAILABLE' });
      await knowsWhoLoggedIn(cluster);
      await livesAndDies(cluster, () => connect(cluster));
    });
  }

  test('the Java that is unpacked into the cache runs it as well as the machine does', async (t) => {
    const before = process.env.TENURE_TEST_JAVA;
    t.after(() => {
      if (before === undefined) delete process.env.TENURE_TEST_JAVA;
      else process.env.TENURE_TEST_JAVA = before;
    });
    process.env.TENURE_TEST_JAVA = 'own';
    await using cluster = await startZooKeeper({ version: '3.9', tickTime: TICK });
    const { 'jre-17': tree } = await install(['jre-17']);
    assert.ok(programOf(cluster.nodes[0]).startsWith(`${realpathSync(tree ?? '')}/`), programOf(cluster.nodes[0]));
    await livesAndDies(cluster, () => connect(cluster));
  });

  test('options reach the server', async () => {
    await using cluster = await startZooKeeper({ version: '3.8', tickTime: 300, config: ['maxSessionTimeout=7000'] });
    const [node] = cluster.nodes;
    const conf = (await node?.fourLetterWord('conf')) ?? '';
    assert.match(conf, /^tickTime=300$/m);
    assert.match(conf, /^maxSessionTimeout=7000$/m);
    assert.match(readFileSync(`/proc/${node?.pid}/cmdline`, 'utf8'), /ZooKeeperServerMain/);
  });

  test('bad options are named', async () => {
    await assert.rejects(startZooKeeper({ version: '3.7' as '3.8' }), {
      name: 'RangeError',
      message: /version is 3\.7/,
    });
    await assert.rejects(startZooKeeper({ version: '3.8', tickTime: 0 }), { name: 'RangeError', message: /tickTime/ });
  });
});
