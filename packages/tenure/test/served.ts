import { after } from 'node:test';
import { startConsul, startEtcd, startZooKeeper } from '../../../test/servers/index.ts';

/** One real server of each kind, for the file that asks; they end with its tests. */
export async function everyServer() {
  const [etcd, consul, zookeeper] = await Promise.all([
    startEtcd({ version: '3.5', fast: true }),
    startConsul({ fast: true }),
    startZooKeeper({ version: '3.9' }),
  ]);
  after(async () => await Promise.all([etcd.stop(), consul.stop(), zookeeper.stop()]));
  return { etcd, consul, zookeeper };
}

/** A store as the command takes it: `server` is a URL without a scope, `options` its query. */
export interface ServedStore {
  readonly name: string;
  readonly server: string;
  readonly options: Readonly<Record<string, string>>;
}

/** The servers' own least times are told, in seconds: `session_ttl_min` and `tickTime`. */
export function storesOf({ etcd, consul, zookeeper }: Awaited<ReturnType<typeof everyServer>>): ServedStore[] {
  return [
    { name: 'etcd', server: etcd.url, options: {} },
    { name: 'consul', server: consul.url, options: { session_ttl_min: '1' } },
    { name: 'zookeeper', server: zookeeper.url, options: { tick_time: '0.5' } },
  ];
}

/** The store's URL, for a scope or for none. */
export function urlOf({ server, options }: ServedStore, scope?: string, more: Record<string, string> = {}): string {
  return `${server}${scope === undefined ? '' : `/${scope}`}?${new URLSearchParams({ ...options, ...more })}`;
}
