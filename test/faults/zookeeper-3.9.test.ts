import { after } from 'node:test';
import { everyNode } from './outage-all.ts';
import { deadAddresses, deadNode } from './outage-dead-node.ts';
import { leaderFails } from './outage-leader.ts';
import { minority } from './outage-minority.ts';
import { membersBehind } from './outage-stale.ts';
import { zookeeperBackend } from './zookeeper.ts';

const backend = zookeeperBackend('3.9');
const cluster = await backend.start();
after(async () => await cluster[Symbol.asyncDispose]());

deadNode(backend, cluster, [0, 1, 2]);
deadAddresses(backend, cluster);
leaderFails(backend, cluster, { kept: ['kill', 'freeze'], lost: ['freeze'] });
minority(backend, cluster, ['follower']);
everyNode(backend, cluster);
membersBehind(backend, cluster);
