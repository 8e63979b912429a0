import type { Store } from '@tenure/core';
import type { EtcdSection, ResolvedConfig } from './config.ts';

const ETCD_PORT = 2379;

/** The store that a configuration names. Only the adapter that is used is loaded. Nothing is sent yet. */
export async function connect({ etcd, embedded }: ResolvedConfig): Promise<Store> {
  if (etcd !== undefined) return await connectEtcd(etcd);
  const { file, memory } = await import('@tenure/embedded');
  return embedded?.path === undefined ? memory() : file(embedded.path);
}

async function connectEtcd(section: EtcdSection): Promise<Store> {
  const { hosts, srv, srv_suffix, discover, username, password, cacert, cert, key } = section;
  const { etcd } = await import('@tenure/etcd');
  const secure = section.tls ?? (cacert ?? cert) !== undefined;
  return etcd({
    ...(hosts === undefined ? {} : { endpoints: hosts.map(withPort) }),
    ...(srv === undefined ? {} : { srv }),
    ...(srv_suffix === undefined ? {} : { srvSuffix: srv_suffix }),
    ...(discover === undefined ? {} : { discover }),
    ...(username === undefined || password === undefined ? {} : { username, password }),
    ...(secure
      ? {
          tls: {
            ...(cacert === undefined ? {} : { ca: cacert }),
            ...(cert === undefined || key === undefined ? {} : { cert, key }),
          },
        }
      : {}),
  });
}

/** An endpoint with etcd's port when it names none. */
export function withPort(host: string): string {
  return /:\d+$/.test(host.replace(/^https?:\/\//, '')) && !/\[[^\]]*:\d+$/.test(host) ? host : `${host}:${ETCD_PORT}`;
}
