import type { Store } from '@tenure/core';
import type { ResolvedConfig } from './config.ts';
import { type ConsulSection, consulEndpoints } from './consul-section.ts';
import type { EtcdSection } from './etcd-section.ts';
import { withPort } from './fields.ts';
import { PORTS } from './ports.ts';
import type { ZooKeeperSection } from './zookeeper-section.ts';

/** The store that a configuration names. Only the adapter that is used is loaded. Nothing is sent yet. */
export async function connect({ etcd, consul, zookeeper, embedded }: ResolvedConfig): Promise<Store> {
  if (etcd !== undefined) return await connectEtcd(etcd);
  if (consul !== undefined) return (await import('@tenure/consul')).consul(consulOptions(consul));
  if (zookeeper !== undefined) return await connectZooKeeper(zookeeper);
  const { file, memory } = await import('@tenure/embedded');
  return embedded?.path === undefined ? memory() : file(embedded.path);
}

async function connectEtcd(section: EtcdSection): Promise<Store> {
  const { hosts, srv, srv_suffix, discover, username, password } = section;
  const { etcd } = await import('@tenure/etcd');
  return etcd({
    ...(hosts === undefined ? {} : { endpoints: hosts.map((endpoint) => withPort(endpoint, PORTS.etcd)) }),
    ...(srv === undefined ? {} : { srv }),
    ...(srv_suffix === undefined ? {} : { srvSuffix: srv_suffix }),
    ...(discover === undefined ? {} : { discover }),
    ...(username === undefined || password === undefined ? {} : { username, password }),
    ...tls(section, section.tls),
  });
}

/** How the agents are reached: the same for the store and for the service that a member is. */
export function consulOptions(section: ConsulSection) {
  const { scheme, token, token_file, dc, checks, session_ttl_min, consistency = 'consistent' } = section;
  if (consistency !== 'consistent') {
    process.emitWarning(`consul.consistency: ${consistency} is not used; all reads are consistent`, 'TenureWarning');
  }
  return {
    endpoints: consulEndpoints(section),
    ...(token === undefined ? {} : { token }),
    ...(token_file === undefined ? {} : { tokenFile: token_file }),
    ...(dc === undefined ? {} : { dc }),
    ...(checks === undefined ? {} : { checks }),
    ...(session_ttl_min === undefined ? {} : { sessionTtlMin: session_ttl_min * 1000 }),
    ...tls(section, scheme === undefined ? undefined : scheme === 'https'),
  };
}

async function connectZooKeeper(section: ZooKeeperSection): Promise<Store> {
  const { hosts = [], key_password, auth_data, set_acls, tick_time, min_ttl, max_ttl, use_ssl } = section;
  const { zookeeper } = await import('@tenure/zookeeper');
  const secure = tls(section, use_ssl);
  return zookeeper({
    hosts,
    ...(secure.tls === undefined || key_password === undefined
      ? secure
      : { tls: { ...secure.tls, passphrase: key_password } }),
    ...(auth_data === undefined ? {} : { authData: auth_data }),
    ...(set_acls === undefined ? {} : { setAcls: set_acls }),
    ...(tick_time === undefined ? {} : { tickTime: tick_time * 1000 }),
    ...(min_ttl === undefined ? {} : { minTtl: min_ttl * 1000 }),
    ...(max_ttl === undefined ? {} : { maxTtl: max_ttl * 1000 }),
  });
}

interface Pem {
  readonly cacert?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** The option `tls` of every adapter; a certificate asks for TLS by itself. */
export function tls({ cacert, cert, key }: Pem, asked: boolean | undefined) {
  if (!(asked ?? (cacert ?? cert) !== undefined)) return {};
  return {
    tls: {
      ...(cacert === undefined ? {} : { ca: cacert }),
      ...(cert === undefined || key === undefined ? {} : { cert, key }),
    },
  };
}
