import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { zookeeper } from '@tenure/zookeeper';
import { startZooKeeper, type ZooKeeperCluster } from '../../../test/servers/index.ts';
import { FaultProxy } from '../../conformance/src/proxy.ts';
import { look, put, until } from './help.ts';

const tickTime = 500;
/** Every way from one server to another, by who dials whom. */
const ways: { readonly from: number; readonly to: number; readonly proxy: FaultProxy }[] = [];
let cluster: ZooKeeperCluster;

before(async () => {
  const route = async (from: number, to: number, port: number) => {
    const proxy = await FaultProxy.open({ host: '127.0.0.1', port });
    ways.push({ from, to, proxy });
    return proxy.address.port;
  };
  cluster = await startZooKeeper({ version: '3.9', nodes: 3, tickTime, route });
});
after(async () => {
  await cluster.stop();
  await Promise.all(ways.map(({ proxy }) => proxy.close()));
});

suite('a follower that is cut off from its leader', () => {
  test('renews nothing: the holder stops before its key goes', async (t) => {
    const leader = await cluster.leaderIndex();
    const follower = (leader + 1) % 3;
    const hosts = (node: number) => [cluster.endpoints[node] as string];
    await using holder = zookeeper({ hosts: hosts(follower), tickTime });
    await using observer = zookeeper({ hosts: hosts(leader), tickTime });
    const session = await holder.openSession(6000);
    const key = '/test/leader';
    const version = await put(holder, key, 'me', session);
    const proof = { guards: [{ key, version }], writes: [] };
    let sent = 0;
    let isCut = false;
    let isOver = false;
    let lateRenewals = 0;
    const renewing = (async () => {
      while (!isOver) {
        const began = performance.now();
        try {
          await session.renew(proof, { timeout: 500 });
          sent = began;
          if (isCut) lateRenewals++;
        } catch {
          // Whatever it is, it is no proof.
        }
        await sleep(100);
      }
    })();
    await sleep(session.ttl / 2);
    const cutAt = performance.now();
    const heals = ways.filter(({ from, to }) => from === follower || to === follower).map(({ proxy }) => proxy.cut());
    isCut = true;
    try {
      await until('the key goes', async () => (await look(observer, key)) === undefined, 20_000);
      const gone = performance.now();
      isOver = true;
      await renewing;
      // One may have been answered by the time of the cut and be counted after it.
      assert.ok(lateRenewals <= 1, `${lateRenewals} renewals after the cut`);
      const figures = [gone - sent, session.guaranteed].map(Math.round);
      t.diagnostic(
        `the key went ${figures[0]} ms after the sending of the last answered renewal, guaranteed ${figures[1]} ms`,
      );
      assert.ok(gone >= sent + session.guaranteed, `gone ${gone - sent} ms after the last renewal`);
      assert.ok(gone - cutAt < session.ttl + 2 * tickTime + 5000, `gone ${gone - cutAt} ms after the cut`);
    } finally {
      isOver = true;
      for (const heal of heals) await heal();
      await renewing;
    }
  });
});
