import { z } from 'zod';
import { flag, hosts, pemPath, text, together } from './fields.ts';

export const etcdSchema = z.strictObject(
  {
    hosts: hosts('may').optional(),
    srv: text('a domain whose SRV records name the endpoints').optional(),
    srv_suffix: text('a suffix of the SRV records').optional(),
    discover: flag,
    tls: flag,
    username: text('a user name').optional(),
    password: text('a string that is not empty').optional(),
    cacert: pemPath,
    cert: pemPath,
    key: pemPath,
  },
  { error: 'an object with hosts' },
);

export type EtcdSection = z.infer<typeof etcdSchema>;

export interface EtcdConfig {
  /** `host:port`, a list or one string with commas; the port is 2379 when it is left out. */
  readonly hosts?: string | readonly string[];
  /** A domain whose SRV records name the endpoints. */
  readonly srv?: string;
  readonly srv_suffix?: string;
  /** Also use the members that the cluster itself lists. */
  readonly discover?: boolean;
  /** TLS with the authorities that Node trusts; `cacert` or `cert` imply it. */
  readonly tls?: boolean;
  readonly username?: string;
  readonly password?: string;
  readonly cacert?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** One line for each thing that is wrong with the fields together. */
export function checkEtcd(etcd: EtcdSection): string[] {
  const lines: string[] = [];
  if (etcd.hosts === undefined && etcd.srv === undefined) lines.push('etcd.hosts: missing; name hosts or srv');
  if (etcd.hosts !== undefined && etcd.srv !== undefined) lines.push('etcd.hosts, etcd.srv: name only one of them');
  if (etcd.srv_suffix !== undefined && etcd.srv === undefined)
    lines.push('etcd.srv: missing; etcd.srv_suffix needs it');
  lines.push(...together(etcd, 'etcd', 'cert', 'key'), ...together(etcd, 'etcd', 'username', 'password'));
  if (etcd.tls === false && (etcd.cacert ?? etcd.cert) !== undefined) {
    lines.push('etcd.tls: false, yet a certificate is given; leave tls out');
  }
  return lines;
}
