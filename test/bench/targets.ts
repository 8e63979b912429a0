import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { file, MemoryServer, memory } from '@tenure/embedded';
import { etcd } from '@tenure/etcd';
import { temporaryFolder } from '../servers/folder.ts';
import { startEtcd } from '../servers/index.ts';
import { RawEtcd } from './raw-etcd.ts';
import { openRawSqlite } from './raw-sqlite.ts';
import type { Counts, Target } from './target.ts';

/** Milliseconds: no session of a raw client ends before its benchmark does. */
const RAW_TTL = 600_000;

/** There is no raw client of it: its figures are absolute. */
export function memoryTarget(): Target {
  const server = new MemoryServer();
  return {
    name: 'embedded, in memory',
    connect: () => memory({ server }),
    ttl: 1000,
    grace: 100,
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** The raw file lies in a folder of its own, so that our watch of the folder does not work while the raw client writes. */
export async function fileTarget(): Promise<Target> {
  const folder = await temporaryFolder('tenure-bench-');
  const path = join(folder.path, 'store.db');
  let raws = 0;
  return {
    name: 'embedded, SQLite file',
    connect: () => file(path),
    raw: async (prefix) => {
      raws += 1;
      const place = join(folder.path, `raw${raws}`);
      mkdirSync(place);
      return openRawSqlite(join(place, 'raw.db'), prefix, RAW_TTL);
    },
    address: { file: path },
    ttl: 1000,
    grace: 100,
    [Symbol.asyncDispose]: () => folder.remove(),
  };
}

/** One node with etcd's own settings, fsync included. */
export async function etcdTarget(): Promise<Target> {
  const cluster = await startEtcd({ version: '3.5' });
  const [endpoint = ''] = cluster.endpoints;
  return {
    name: 'etcd 3.5, one node',
    connect: () => etcd({ endpoints: [endpoint] }),
    raw: (prefix) => RawEtcd.open(endpoint, prefix, RAW_TTL),
    address: { endpoint },
    counts: async () => parseCounts(await patiently(() => cluster.metrics(0))),
    ttl: 2000,
    grace: 600,
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

/** etcd's own counters: go-grpc-prometheus counts every message, also those of streams that stay open. */
function parseCounts(metrics: string): Counts {
  const requests = new Map<string, number>();
  for (const [, method = '', count] of metrics.matchAll(
    /^grpc_server_msg_received_total\{grpc_method="(\w+)",.*\} (\S+)$/gm,
  )) {
    requests.set(method, (requests.get(method) ?? 0) + Number(count));
  }
  const [, committed] = /^etcd_server_proposals_committed_total (\S+)$/m.exec(metrics) ?? [];
  return { requests, consensusWrites: Number(committed) };
}
