import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { MemoryServer, memory } from '@tenure/embedded';
import { TICK } from '../clients/connect.ts';
import { temporaryFolder } from '../servers/folder.ts';
import { startConsul, startEtcd, startZooKeeper } from '../servers/index.ts';
import { consulCounts, consulMetrics, etcdCounts, zookeeperCounts } from './counts.ts';
import { RawConsul } from './raw-consul.ts';
import { RawEtcd } from './raw-etcd.ts';
import { openRawSqlite } from './raw-sqlite.ts';
import { RawZooKeeper } from './raw-zookeeper.ts';
import { connect, LOOP_WAIT, type Requests, type Target } from './target.ts';

/** Milliseconds: no session of a raw client ends before its benchmark does. */
const RAW_TTL = 600_000;

const calls = (requests: Requests, method: string) => requests.get(method) ?? 0;
/** Of a store without a server core's calls are counted. */
const readsOfCore = (requests: Requests) => calls(requests, 'read');

/** There is no raw client of it: its figures are absolute. */
export function memoryTarget(): Target {
  const server = new MemoryServer();
  return {
    name: 'embedded, in memory',
    connect: () => memory({ server }),
    reads: readsOfCore,
    loopsPerTtl: 3,
    ttl: 1000,
    grace: 100,
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** The raw file lies in a folder of its own, so that our watch of the folder does not work while the raw client writes. */
export async function fileTarget(): Promise<Target> {
  const folder = await temporaryFolder('tenure-bench-');
  const address = { file: join(folder.path, 'store.db') };
  let raws = 0;
  return {
    name: 'embedded, SQLite file',
    connect: () => connect(address),
    raw: async (prefix) => {
      raws += 1;
      const place = join(folder.path, `raw${raws}`);
      mkdirSync(place);
      return openRawSqlite(join(place, 'raw.db'), prefix, RAW_TTL);
    },
    address,
    reads: readsOfCore,
    loopsPerTtl: 3,
    ttl: 1000,
    grace: 100,
    [Symbol.asyncDispose]: () => folder.remove(),
  };
}

/** One node with etcd's own settings, fsync included. */
export async function etcdTarget(): Promise<Target> {
  const cluster = await startEtcd({ version: '3.5' });
  const [endpoint = ''] = cluster.endpoints;
  const address = { server: 'etcd', endpoint } as const;
  return {
    name: 'etcd 3.5, one node',
    connect: () => connect(address),
    raw: (prefix) => RawEtcd.open(endpoint, prefix, RAW_TTL),
    address,
    counts: async () => etcdCounts(await patiently(() => cluster.metrics(0))),
    reads: (requests) => calls(requests, 'Range'),
    renewals: (requests) => calls(requests, 'LeaseKeepAlive'),
    loopsPerTtl: 3,
    ttl: 2000,
    grace: 600,
    [Symbol.asyncDispose]: () => cluster.stop(),
  };
}

/** One server with Consul's own settings, fsync included, but for the least session TTL. */
export async function consulTarget(): Promise<Target> {
  const telemetry = { prometheus_retention_time: '24h', disable_hostname: true };
  const cluster = await startConsul({ fast: true, config: { telemetry } });
  const [endpoint = ''] = cluster.endpoints;
  const address = { server: 'consul', endpoint } as const;
  return {
    name: 'Consul 1.8, one server',
    connect: () => connect(address),
    raw: (prefix) => RawConsul.open(endpoint, prefix, RAW_TTL),
    address,
    counts: async () => consulCounts(await patiently(() => consulMetrics(endpoint))),
    // A watch holds one query for a third of a loop at least; whatever is beyond those is a read.
    reads: (requests, time) => Math.max(0, calls(requests, 'GET kv') - Math.ceil((3 * time) / LOOP_WAIT) - 1),
    renewals: (requests) => calls(requests, 'PUT session/renew'),
    loopsPerTtl: 8,
    ttl: 4000,
    grace: 500,
    [Symbol.asyncDispose]: () => cluster.stop(),
  };
}

/** One server that syncs its log to disk, as ZooKeeper does by itself. */
export async function zookeeperTarget(): Promise<Target> {
  const config = ['forceSync=yes', `maxSessionTimeout=${RAW_TTL}`];
  const cluster = await startZooKeeper({ version: '3.9', tickTime: TICK, config });
  const [endpoint = ''] = cluster.endpoints;
  const address = { server: 'zookeeper', endpoint } as const;
  return {
    name: 'ZooKeeper 3.9, one server',
    connect: () => connect(address),
    raw: (prefix) => RawZooKeeper.open(endpoint, prefix, RAW_TTL),
    address,
    counts: async () =>
      zookeeperCounts(await patiently(async () => (await cluster.nodes[0]?.fourLetterWord('mntr')) ?? '')),
    reads: (requests) => calls(requests, 'getData') + calls(requests, 'getChildren'),
    // Each leader proves its term by a multi; what is beyond those prolonged the session.
    renewals: (requests, leaders) => calls(requests, 'multi') - leaders,
    loopsPerTtl: 8,
    ttl: 4000,
    grace: 2 * TICK,
    [Symbol.asyncDispose]: () => cluster.stop(),
  };
}

/** A node that is busy with a thousand scopes may not tell its figures within the second that it is given. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask();
    } catch (error) {
      if (attempt === 10) throw error;
    }
  }
}
