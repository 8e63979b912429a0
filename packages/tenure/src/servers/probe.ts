import { readFile } from 'node:fs/promises';
import { systemClock, TlsFiles, type TlsMaterial } from '@tenure/core';
import type { ResolvedConfig } from '../config.ts';
import { tls } from '../connect.ts';
import { endpointsOf } from './address.ts';
import { type Answer, get } from './http.ts';
import { srvr } from './srvr.ts';

/** What one server said of itself, without the help of the others. */
export interface ServerReport {
  /** `host:port`; of an embedded store its file. */
  readonly endpoint: string;
  readonly version?: string;
  /** Milliseconds: the shortest of three round trips. */
  readonly latency?: number;
  /** Milliseconds that the server's time of day is ahead of ours; known to `error` milliseconds. */
  readonly clock?: { readonly ahead: number; readonly error: number };
  /** Whether it leads the servers, or follows, as far as it tells. */
  readonly role?: string;
  /** Why it did not answer, or not all. */
  readonly problem?: string;
}

/**
 * Asks every server that the configuration names, each by itself: etcd's `/version`, Consul's `/v1/status/leader` and
 * `/v1/agent/self`, ZooKeeper's `srvr`. Never rejects for what a server does.
 * @param timeout milliseconds for each request
 * @throws TypeError for certificates that cannot be used
 */
export async function probeServers(config: ResolvedConfig, timeout: number): Promise<ServerReport[]> {
  const { etcd, consul, zookeeper, embedded } = config;
  if (embedded !== undefined) return [embeddedReport(embedded.path)];
  const material = materialOf(config);
  const one = async (endpoint: string): Promise<ServerReport> => {
    try {
      if (etcd !== undefined) return await askEtcd(endpoint, material, timeout);
      if (zookeeper !== undefined) return await askZooKeeper(endpoint, material, timeout);
      return await askConsul(endpoint, material, timeout, await tokenOf(consul));
    } catch (error) {
      return { endpoint, problem: reason(error) };
    }
  };
  return await Promise.all(endpointsOf(config).map(one));
}

function embeddedReport(path = 'in this process'): ServerReport {
  return { endpoint: path, version: `SQLite ${process.versions.sqlite ?? 'of an unknown version'}` };
}

async function askEtcd(endpoint: string, material: TlsMaterial | undefined, timeout: number): Promise<ServerReport> {
  const answer = await get(endpoint, '/version', { material, timeout });
  const { etcdserver, etcdcluster } = answer.json() as { etcdserver?: string; etcdcluster?: string };
  const cluster = etcdcluster === undefined || etcdcluster === etcdserver ? '' : `, cluster at ${etcdcluster}`;
  return { endpoint, version: `etcd ${etcdserver ?? 'of an unknown version'}${cluster}`, ...measured(answer) };
}

async function askConsul(
  endpoint: string,
  material: TlsMaterial | undefined,
  timeout: number,
  token: string | undefined,
): Promise<ServerReport> {
  const headers = token === undefined ? {} : { 'x-consul-token': token };
  const answer = await get(endpoint, '/v1/status/leader', { material, timeout, headers });
  const told = { endpoint, ...measured(answer) };
  if (answer.json() === '') return { ...told, problem: 'the servers have no leader' };
  try {
    const self = await get(endpoint, '/v1/agent/self', { material, timeout, headers });
    const { Config } = self.json() as { Config?: { Version?: string; Server?: boolean } };
    const role = Config?.Server === true ? 'server' : 'client agent';
    return { ...told, version: `Consul ${Config?.Version ?? 'of an unknown version'}`, role };
  } catch (error) {
    return { ...told, version: `Consul; its version is not told: ${reason(error)}` };
  }
}

async function askZooKeeper(
  endpoint: string,
  material: TlsMaterial | undefined,
  timeout: number,
): Promise<ServerReport> {
  const { version, role, latency } = await srvr(endpoint, { material, timeout });
  return { endpoint, version: `ZooKeeper ${version}`, role, latency };
}

function measured({ latency, date, now }: Answer): Pick<ServerReport, 'latency' | 'clock'> {
  if (date === undefined) return { latency };
  // The header is cut off to the second, so the middle of that second is the best guess.
  return { latency, clock: { ahead: Math.round(date + 500 - now), error: Math.ceil(500 + latency / 2) } };
}

function materialOf({ etcd, consul, zookeeper }: ResolvedConfig): TlsMaterial | undefined {
  const section = etcd ?? consul ?? zookeeper ?? {};
  const asked =
    etcd?.tls ?? zookeeper?.use_ssl ?? (consul?.scheme === undefined ? undefined : consul.scheme === 'https');
  const files = tls(section, asked).tls;
  if (files === undefined) return undefined;
  const password = zookeeper?.key_password;
  return new TlsFiles(
    'tls',
    { ...files, ...(password === undefined ? {} : { passphrase: password }) },
    systemClock,
  ).current();
}

async function tokenOf(consul: ResolvedConfig['consul']): Promise<string | undefined> {
  if (consul?.token_file === undefined) return consul?.token;
  return (await readFile(consul.token_file, 'utf8')).trim();
}

/** Errors of sockets say what happened in `code`, and several at once in `errors`. */
function reason(error: unknown): string {
  const first = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  if (!(first instanceof Error)) return String(first);
  return first.message === '' ? String((first as NodeJS.ErrnoException).code) : first.message;
}
