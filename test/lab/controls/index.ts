import type { Kind } from '../client/kinds.ts';
import { consulLock } from './consul-lock.ts';
import { onEmbedded, onServer } from './control-client.ts';
import { etcdElection } from './etcd-election.ts';
import { leaderElection } from './leader-election.ts';
import { consulRegister, etcdRegister, zooKeeperRegister } from './registers.ts';
import { zooKeeperNode } from './zookeeper-node.ts';

export type { Competitor, Contest, Control } from './control.ts';
export { consulLock, etcdElection, zooKeeperNode };

/** What competes without Tenure, each on one store. */
export const controlKinds = {
  'etcd-election': onServer(etcdElection),
  'consul-lock': onServer(consulLock),
  'zookeeper-node': onServer(zooKeeperNode),
  'leader-election-etcd': onServer((contest) => leaderElection(contest, etcdRegister(contest))),
  'leader-election-consul': onServer((contest) => leaderElection(contest, consulRegister(contest))),
  'leader-election-zookeeper': onServer((contest) => leaderElection(contest, zooKeeperRegister(contest))),
  'leader-election-embedded': onEmbedded,
} as const satisfies Readonly<Record<string, Kind>>;
