import { after } from 'node:test';
import { TICK } from '../clients/connect.ts';
import { startZooKeeper } from '../servers/index.ts';
import { access } from './zookeeper-access.ts';
import { full } from './zookeeper-full.ts';

const cluster = await startZooKeeper({
  version: '3.9',
  nodes: 3,
  tickTime: TICK,
  digest: true,
  config: ['enforceQuota=true'],
});
after(async () => await cluster.stop());

access(cluster);
full(cluster);
