import { after } from 'node:test';
import { everyNode } from './outage-all.ts';
import { leaderFails } from './outage-leader.ts';
import { minority } from './outage-minority.ts';
import { zookeeperBackend } from './zookeeper.ts';

/** Of each kind what 3.9 might do otherwise. */
const backend = zookeeperBackend('3.8');
const cluster = await backend.start();
after(async () => await cluster[Symbol.asyncDispose]());

leaderFails(backend, cluster, { kept: [], lost: ['kill', 'freeze'] });
minority(backend, cluster, ['leader']);
everyNode(backend, cluster);
