import type { Clock } from '@tenure/core';
import type { Server } from './dial.ts';
import type { Acl } from './wire.ts';

/** PEM files by path, read again when they change; or their content. */
export interface ZooKeeperTls {
  /** The authorities that sign the servers' certificates. Default: those that Node trusts. */
  readonly ca?: string | Buffer;
  /** The client's certificate and key, together or not at all. */
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  /** Of the key, when it is encrypted. */
  readonly passphrase?: string;
}

export type ZooKeeperPermission = 'READ' | 'WRITE' | 'CREATE' | 'DELETE' | 'ADMIN' | 'ALL';

export interface ZooKeeperOptions {
  /** `host:port`, `host` (port 2181) or `[IPv6]:port`. They are tried in turn from one drawn by lot. */
  readonly hosts: readonly string[];
  readonly tls?: ZooKeeperTls;
  /** Scheme and credential of each login, as in `{ digest: 'user:password' }`. */
  readonly authData?: Readonly<Record<string, string>>;
  /** Permissions by x509 principal, set on every znode that is created. Default: everyone may do everything. */
  readonly setAcls?: Readonly<Record<string, readonly ZooKeeperPermission[]>>;
  /**
   * The servers' `tickTime`, milliseconds; default 2000. No client can ask for it. What a session guarantees is counted
   * with it, so it must not be lower than the servers'.
   */
  readonly tickTime?: number;
  /**
   * The shortest and longest ttl to grant, milliseconds; default 5 and 30 times `tickTime`. The servers' `maxSessionTimeout`
   * must be two thirds of `maxTtl` at least, and a `minSessionTimeout` over two thirds of `minTtl` makes short ttls longer.
   */
  readonly minTtl?: number;
  readonly maxTtl?: number;
  /** Default: the system's monotonic clock. */
  readonly clock?: Clock;
}

const known = ['hosts', 'tls', 'authData', 'setAcls', 'tickTime', 'minTtl', 'maxTtl', 'clock'];
const permissions = { READ: 1, WRITE: 2, CREATE: 4, DELETE: 8, ADMIN: 16, ALL: 31 } as const;
const DEFAULT_PORT = 2181;
export const DEFAULT_TICK = 2000;

/** @throws TypeError, RangeError naming the field, its value and what it takes. */
export function assertOptions(options: ZooKeeperOptions): void {
  for (const name of Object.keys(options)) {
    if (!known.includes(name))
      throw new TypeError(`zookeeper: there is no option ${name}; there are ${known.join(', ')}`);
  }
  const { hosts, tls, authData, tickTime = DEFAULT_TICK, minTtl = 5 * tickTime, maxTtl = 30 * tickTime } = options;
  if (!Array.isArray(hosts) || hosts.length === 0) {
    throw new TypeError(`zookeeper: hosts is ${JSON.stringify(hosts)}; it must be a list of at least one host`);
  }
  for (const [index, host] of hosts.entries()) parseHost(host, `hosts[${index}]`);
  for (const [field, value] of Object.entries({ tickTime, minTtl, maxTtl })) {
    if (!(Number.isFinite(value) && value > 0)) {
      throw new RangeError(`zookeeper: ${field} is ${value}; it must be more than 0 milliseconds`);
    }
  }
  if (minTtl < 3 * tickTime) {
    throw new RangeError(`zookeeper: minTtl is ${minTtl}; it must be at least three ticks, ${3 * tickTime} ms`);
  }
  if (maxTtl < minTtl) throw new RangeError(`zookeeper: maxTtl is ${maxTtl}; it must be at least minTtl, ${minTtl} ms`);
  for (const [scheme, credential] of Object.entries(authData ?? {})) {
    if (typeof credential !== 'string' || credential === '') {
      throw new TypeError(`zookeeper: authData.${scheme} is not a non-empty string`);
    }
  }
  toAcls(options.setAcls);
  if (tls !== undefined && (tls.cert === undefined) !== (tls.key === undefined)) {
    throw new TypeError('zookeeper: tls.cert and tls.key go together; one of them is missing');
  }
}

/** @throws TypeError, RangeError */
export function parseHost(host: unknown, field: string): Server {
  const wanted = `zookeeper: ${field} is ${JSON.stringify(host)}; it must be host, host:port or [IPv6]:port`;
  if (typeof host !== 'string') throw new TypeError(wanted);
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s/:@[\]]+))(?::(\d+))?$/.exec(host);
  const name = match?.[1] ?? match?.[2];
  if (match === null || name === undefined) throw new TypeError(wanted);
  const port = match[3] === undefined ? DEFAULT_PORT : Number(match[3]);
  if (port < 1 || port > 65535) {
    throw new RangeError(`zookeeper: ${field} is ${JSON.stringify(host)}; its port must be 1 to 65535`);
  }
  return { host: name, port };
}

/** @throws TypeError */
export function toAcls(setAcls: ZooKeeperOptions['setAcls']): readonly Acl[] {
  const given = Object.entries(setAcls ?? {});
  if (given.length === 0) return [{ permissions: permissions.ALL, scheme: 'world', id: 'anyone' }];
  return given.map(([id, names]) => {
    let bits = 0;
    for (const name of Array.isArray(names) ? names : []) {
      const bit = Object.hasOwn(permissions, name) ? permissions[name as ZooKeeperPermission] : undefined;
      if (bit === undefined) {
        const names = Object.keys(permissions).join(', ');
        throw new TypeError(
          `zookeeper: setAcls[${JSON.stringify(id)}] has ${JSON.stringify(name)}; there are ${names}`,
        );
      }
      bits |= bit;
    }
    if (bits === 0) throw new TypeError(`zookeeper: setAcls[${JSON.stringify(id)}] must be a list of permissions`);
    return { permissions: bits, scheme: 'x509', id };
  });
}
