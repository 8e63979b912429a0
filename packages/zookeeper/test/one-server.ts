import { after } from 'node:test';
import type { Store } from '@tenure/core';
import { type ZooKeeperOptions, zookeeper } from '@tenure/zookeeper';
import { startZooKeeper } from '../../../test/servers/index.ts';
import { Raw } from './help.ts';

export const TICK = 500;

/** The server of the test file that imports this; it stops after the last test. */
export const cluster = await startZooKeeper({ version: '3.9', tickTime: TICK });
/** Another program on it. */
export const raw = await Raw.open(cluster.endpoints);
after(async () => {
  await raw[Symbol.asyncDispose]();
  await cluster.stop();
});

export function connect(options: Partial<ZooKeeperOptions> = {}): Store {
  return zookeeper({ hosts: cluster.endpoints, tickTime: TICK, ...options });
}
