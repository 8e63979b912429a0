import type { ResolvedConfig } from './config.ts';

/** ZooKeeper's default tickTime, seconds. */
const TICK = 2;

/**
 * How long beyond the ttl a server may take to remove the keys of a dead session, milliseconds. etcd looks for expired
 * leases each 500 ms (server/lease/lessor.go), ZooKeeper once a tick (SessionTrackerImpl). 0 without a server.
 */
export function expiryGrace({ etcd, consul, zookeeper }: ResolvedConfig): number {
  if (etcd !== undefined) return 1000;
  if (consul !== undefined) return 500;
  return zookeeper === undefined ? 0 : 2000 * (zookeeper.tick_time ?? TICK);
}
