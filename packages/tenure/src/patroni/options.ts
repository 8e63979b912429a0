import { patroniConsulSchema } from './consul.ts';
import { etcd3Schema } from './etcd3.ts';
import { patroniZooKeeperSchema } from './zookeeper.ts';

/** The options of each store's section, in Patroni and here; `etcd`, the API v2, has those of `etcd3`. */
export const OPTIONS = {
  etcd: Object.keys(etcd3Schema.shape),
  etcd3: Object.keys(etcd3Schema.shape),
  consul: Object.keys(patroniConsulSchema.shape),
  zookeeper: Object.keys(patroniZooKeeperSchema.shape),
} as const;
