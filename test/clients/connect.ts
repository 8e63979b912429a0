import { consul } from '@tenure/consul';
import type { Store } from '@tenure/core';
import { etcd } from '@tenure/etcd';
import { zookeeper } from '@tenure/zookeeper';

export const servers = ['etcd', 'consul', 'zookeeper'] as const;
export type Server = (typeof servers)[number];

/** What `fast` lets Consul grant, and the `tickTime` that ZooKeeper is started with, milliseconds. */
export const SESSION_TTL_MIN = 1000;
export const TICK = 250;
/** Milliseconds. */
const MAX_TTL = 600_000;

/** A client of one server that was started with these. */
export function connect(server: Server, endpoint: string): Store {
  if (server === 'etcd') return etcd({ endpoints: [endpoint] });
  if (server === 'consul') return consul({ endpoints: [endpoint], sessionTtlMin: SESSION_TTL_MIN });
  return zookeeper({ hosts: [endpoint], tickTime: TICK, maxTtl: MAX_TTL });
}
