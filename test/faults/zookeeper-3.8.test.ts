import { after } from 'node:test';
import { everyNode } from './outage-all.ts';
import { deadNode } from './outage-dead-node.ts';
import { leaderFails } from './outage-leader.ts';
import { minority } from './outage-minority.ts';
import { membersBehind } from './outage-stale.ts';
import { zookeeperBackend } from './zookeeper.ts';

/** Of each kind what 3.9 might do otherwise. */
const backend = zookeeperBackend('3.8');
const cluster = await backend.start();
after(async () => await cluster[Symbol.asyncDispose]());

deadNode(backend, cluster, [0]);
leaderFails(backend, cluster, { kept: ['kill'], lost: ['freeze'] });
minority(backend, cluster, ['leader']);
everyNode(backend, cluster);
membersBehind(backend, cluster);
