import { z } from 'zod';
import { flag, hosts, list, MAX_TTL, pemPath, seconds, text, together } from './fields.ts';

export const PERMISSIONS = ['READ', 'WRITE', 'CREATE', 'DELETE', 'ADMIN', 'ALL'] as const;
const permission = z.enum(PERMISSIONS, { error: PERMISSIONS.join(', ') });
const ALWAYS = 'true: certificates are always checked; name their authority in cacert';

export const zookeeperSchema = z.strictObject(
  {
    hosts: hosts('never').optional(),
    use_ssl: flag,
    cacert: pemPath,
    cert: pemPath,
    key: pemPath,
    key_password: text('a string that is not empty').optional(),
    verify: z.literal(true, { error: ALWAYS }).optional(),
    set_acls: z
      .record(z.string(), list(permission, `a list of ${PERMISSIONS.join(', ')}`), {
        error: 'an object of permissions by principal',
      })
      .optional(),
    auth_data: z
      .record(z.string(), text('a string that is not empty'), { error: 'an object of credentials by scheme' })
      .optional(),
    tick_time: seconds(0.01, 60).optional(),
    min_ttl: seconds(0.03, MAX_TTL).optional(),
    max_ttl: seconds(0.03, MAX_TTL).optional(),
  },
  { error: 'an object with hosts' },
);

export type ZooKeeperSection = z.infer<typeof zookeeperSchema>;

/** Patroni's names, and `tick_time`, `min_ttl`, `max_ttl`. */
export interface ZooKeeperConfig {
  /** `host:port`, a list or one string with commas; the port is 2181 when it is left out. */
  readonly hosts: string | readonly string[];
  /** TLS with the authorities that Node trusts; `cacert` or `cert` imply it. */
  readonly use_ssl?: boolean;
  readonly cacert?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly key_password?: string;
  /** Certificates are always checked. */
  readonly verify?: true;
  /** Permissions by x509 principal, set on every znode that is created. Default: everyone may do everything. */
  readonly set_acls?: Readonly<Record<string, string | readonly (typeof PERMISSIONS)[number][]>>;
  /** Credential by scheme, as in `{ digest: 'user:password' }`. */
  readonly auth_data?: Readonly<Record<string, string>>;
  /** SECONDS: `tickTime` of the servers, which says it in milliseconds. It must not be lower than theirs. Default 2. */
  readonly tick_time?: number;
  /** SECONDS: the shortest ttl to allow, three ticks at least. Default five. */
  readonly min_ttl?: number;
  /**
   * SECONDS: the longest ttl to allow. Default thirty ticks. The servers' `maxSessionTimeout`, which says it in milliseconds,
   * must be two thirds of it at least; theirs is twenty ticks by default.
   */
  readonly max_ttl?: number;
}

/** As the servers' and the adapter's. */
const DEFAULT_TICK = 2;

/** One line for each thing that is wrong with the fields together. */
export function checkZooKeeper(zookeeper: ZooKeeperSection): string[] {
  const lines: string[] = [];
  if (zookeeper.hosts === undefined) lines.push('zookeeper.hosts: missing; name at least one host');
  lines.push(...together(zookeeper, 'zookeeper', 'cert', 'key'));
  if (zookeeper.key_password !== undefined && zookeeper.key === undefined) {
    lines.push('zookeeper.key: missing; zookeeper.key_password needs it');
  }
  if (zookeeper.use_ssl === false && (zookeeper.cacert ?? zookeeper.cert) !== undefined) {
    lines.push('zookeeper.use_ssl: false, yet a certificate is given; leave use_ssl out');
  }
  lines.push(...checkTtls(zookeeper));
  return lines;
}

function checkTtls({ tick_time = DEFAULT_TICK, min_ttl = 5 * tick_time, max_ttl = 30 * tick_time }: ZooKeeperSection) {
  if (min_ttl < 3 * tick_time) {
    return [`zookeeper.min_ttl: ${min_ttl} is less than three times tick_time, ${3 * tick_time}`];
  }
  if (max_ttl < min_ttl) return [`zookeeper.max_ttl: ${max_ttl} is less than min_ttl, ${min_ttl}`];
  return [];
}
