import { zookeeper } from '@tenure/zookeeper';
import { TICK } from '../clients/connect.ts';
import { startZooKeeper, type ZooKeeperVersion } from '../servers/index.ts';
import type { Backend } from './backend.ts';
import { hostedZooKeeper } from './netns-zookeeper.ts';

/** In ticks, what `startZooKeeper` writes. */
const SYNC_LIMIT = 6;

/** Three nodes of a version of ZooKeeper; hosts run 3.9. */
export function zookeeperBackend(version: ZooKeeperVersion): Backend {
  return {
    name: `ZooKeeper ${version}`,
    start: () => startZooKeeper({ version, nodes: 3, tickTime: TICK }),
    startHosted: hostedZooKeeper,
    connect: (hosts) => zookeeper({ hosts, tickTime: TICK, maxTtl: 60_000 }),
    // The timeout T is 12 s, guaranteed of it 10.25. A member in silence is left after T/3 and a ping's interval, 4.6 s: within
    // `retryTimeout`; the renewal that waited for it ends 1.5 + 4.6 s after the last one, and there is time for an election yet.
    roomy: { ttl: 18_000, loopWait: 1500, retryTimeout: 6000 },
    // T is 3 s, guaranteed of it 2375 ms.
    short: { ttl: 4500, loopWait: 700, retryTimeout: 700 },
    // A follower that hears nothing for `syncLimit` ticks gives its leader up.
    election: SYNC_LIMIT * TICK,
    // The server looks for sessions that ran out once a tick (SessionTrackerImpl).
    expiry: TICK,
    dropsClients: true,
  };
}
