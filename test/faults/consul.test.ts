import { after } from 'node:test';
import { consulBackend as backend } from './consul.ts';
import { everyNode } from './outage-all.ts';
import { deadAddresses, deadNode } from './outage-dead-node.ts';
import { leaderFails } from './outage-leader.ts';
import { minority } from './outage-minority.ts';
import { membersBehind } from './outage-stale.ts';

const cluster = await backend.start();
after(async () => await cluster[Symbol.asyncDispose]());

deadNode(backend, cluster, [0, 1, 2]);
deadAddresses(backend, cluster);
leaderFails(backend, cluster, { kept: ['kill', 'freeze'], lost: ['freeze'] });
minority(backend, cluster, ['leader', 'follower']);
everyNode(backend, cluster);
membersBehind(backend, cluster);
