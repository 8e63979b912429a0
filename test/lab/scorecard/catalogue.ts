import type { Server } from '../../clients/connect.ts';
import type { KindName } from '../client/index.ts';

export const stores = ['embedded', 'etcd', 'consul', 'zookeeper'] as const satisfies readonly (Server | 'embedded')[];
export type StoreName = (typeof stores)[number];

/** As their makers write them. */
export const storeTitles: Readonly<Record<StoreName, string>> = {
  embedded: 'Embedded file',
  etcd: 'etcd',
  consul: 'Consul',
  zookeeper: 'ZooKeeper',
};

export const faultTitles = {
  cut: 'The holder’s line is cut in silence',
  mute: 'The holder hears no replies',
  freeze: 'The holder’s line holds everything back, and delivers it later',
  delay: 'The holder’s line is slow',
  stop: 'The holder is stopped (SIGSTOP) for longer than the ttl',
  stall: 'The holder’s event loop stands still for longer than the ttl',
  kill: 'The holder is killed (kill -9)',
  suspend: 'The holder’s machine sleeps for longer than the ttl',
  revoke: 'An administrator ends the holder’s session',
  delete: 'An administrator deletes the leader key',
  'leader killed': 'The store’s leader is killed and comes back',
  'leader frozen': 'The store’s leader is stopped (SIGSTOP)',
  'leader cut': 'The store’s leader is cut off from the other servers',
  'follower cut': 'The holder’s server, a follower, is cut off from the other servers',
} as const;
export type FaultName = keyof typeof faultTitles;
export const faultNames = Object.keys(faultTitles) as readonly FaultName[];

/** What competes on each store: ours first. */
export const clientsOn: Readonly<Record<StoreName, readonly KindName[]>> = {
  embedded: ['tenure', 'leader-election-embedded'],
  etcd: ['tenure', 'etcd-election', 'leader-election-etcd'],
  consul: ['tenure', 'consul-lock', 'leader-election-consul'],
  zookeeper: ['tenure', 'zookeeper-node', 'leader-election-zookeeper'],
};

const ALGORITHM = 'client-go’s algorithm';

export const clientTitles: Readonly<Record<KindName, string>> = {
  tenure: 'Tenure',
  'etcd-election': 'etcd3’s Election',
  'consul-lock': 'Consul session lock',
  'zookeeper-node': 'ZooKeeper ephemeral node',
  'leader-election-etcd': ALGORITHM,
  'leader-election-consul': ALGORITHM,
  'leader-election-zookeeper': ALGORITHM,
  'leader-election-embedded': ALGORITHM,
};
