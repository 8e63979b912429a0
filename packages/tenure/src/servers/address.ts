import type { ResolvedConfig } from '../config.ts';
import { consulEndpoints } from '../consul-section.ts';
import { withPort } from '../fields.ts';
import { PORTS } from '../ports.ts';

/** The endpoints that a configuration names, each with its port; none of an embedded store, nor behind SRV records. */
export function endpointsOf({ etcd, consul, zookeeper }: ResolvedConfig): string[] {
  if (consul !== undefined) return consulEndpoints(consul);
  const [hosts, port] = etcd === undefined ? [zookeeper?.hosts, PORTS.zookeeper] : [etcd.hosts, PORTS.etcd];
  return (hosts ?? []).map((endpoint) => withPort(endpoint, port));
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Of `host:port`, whatever stands before it. */
export function addressOf(endpoint: string): Address {
  const [, host = '', port = ''] = /^(?:https?:\/\/)?\[?(.*?)\]?:(\d+)$/.exec(endpoint) ?? [];
  return { host, port: Number(port) };
}
