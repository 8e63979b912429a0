import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { startZooKeeper } from './index.ts';

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
