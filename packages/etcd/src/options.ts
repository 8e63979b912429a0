import type { Clock } from '@tenure/core';

/** PEM files by path, read again when they change; or their content. */
export interface EtcdTls {
  /** The authorities that sign the servers' certificates. Default: those that Node trusts. */
  readonly ca?: string | Buffer;
  /** The client's certificate and key, together or not at all. */
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
}

export interface EtcdOptions {
  /** `host:port`, `http://host:port` or `https://host:port`. A scheme may be left out: `tls` decides. */
  readonly endpoints?: readonly string[];
  readonly tls?: EtcdTls;
  /** Sent once per login; the token that comes back is renewed when the server no longer takes it. */
  readonly username?: string;
  readonly password?: string;
  /** A domain whose SRV records name the endpoints, looked up in Patroni's order. */
  readonly srv?: string;
  /** Looks up `_etcd-client-ssl-<suffix>` and so on instead. */
  readonly srvSuffix?: string;
  /** Also use the client URLs of the cluster's own member list, and keep up with it. Default false. */
  readonly discover?: boolean;
  /** Default: the system's monotonic clock. */
  readonly clock?: Clock;
}

const known = ['endpoints', 'tls', 'username', 'password', 'srv', 'srvSuffix', 'discover', 'clock'];

/** @throws TypeError, RangeError naming the field, its value and what it takes. */
export function assertOptions(options: EtcdOptions): void {
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw new TypeError(`etcd: there is no option ${name}; there are ${known.join(', ')}`);
  }
  const { endpoints, tls, username, password, srv, srvSuffix, discover } = options;
  if ((endpoints === undefined) === (srv === undefined)) {
    throw new TypeError('etcd: give either endpoints or srv, and not both');
  }
  if (endpoints !== undefined && (!Array.isArray(endpoints) || endpoints.length === 0)) {
    throw new TypeError(`etcd: endpoints is ${JSON.stringify(endpoints)}; it must be a list of at least one endpoint`);
  }
  for (const [index, endpoint] of (endpoints ?? []).entries())
    parseEndpoint(endpoint, tls !== undefined, `endpoints[${index}]`);
  for (const [name, value] of Object.entries({ username, password, srv, srvSuffix })) {
    if (value !== undefined && (typeof value !== 'string' || value === '')) {
      const shown =
        name === 'password' ? 'not a non-empty string' : `${JSON.stringify(value)}; it must be a non-empty string`;
      throw new TypeError(`etcd: ${name} is ${shown}`);
    }
  }
  if ((username === undefined) !== (password === undefined)) {
    throw new TypeError('etcd: username and password go together; one of them is missing');
  }
  if (srvSuffix !== undefined && srv === undefined) throw new TypeError('etcd: srvSuffix needs srv');
  if (discover !== undefined && typeof discover !== 'boolean') {
    throw new TypeError(`etcd: discover is ${String(discover)}; it must be true or false`);
  }
  if (tls !== undefined && (tls.cert === undefined) !== (tls.key === undefined)) {
    throw new TypeError('etcd: tls.cert and tls.key go together; one of them is missing');
  }
}

/** One endpoint as a URL without a path. @throws TypeError, RangeError */
export function parseEndpoint(endpoint: unknown, secure: boolean, field: string): string {
  const shown = typeof endpoint === 'string' ? JSON.stringify(endpoint.replace(/^.*@/s, '…@')) : String(endpoint);
  const wanted = `etcd: ${field} is ${shown}; it must be host:port, http://host:port or https://host:port`;
  if (typeof endpoint !== 'string') throw new TypeError(wanted);
  const match = /^(?:(https?):\/\/)?(\[[0-9a-fA-F:.]+\]|[^\s/:@[\]]+):(\d+)\/?$/.exec(endpoint);
  if (match === null) throw new TypeError(wanted);
  const [, scheme = secure ? 'https' : 'http', host, port] = match;
  if (Number(port) < 1 || Number(port) > 65535) {
    throw new RangeError(`etcd: ${field} is ${JSON.stringify(endpoint)}; its port must be 1 to 65535`);
  }
  if (scheme === 'http' && secure) {
    throw new TypeError(`etcd: ${field} is ${JSON.stringify(endpoint)}, but tls is set; it must not be http://`);
  }
  return `${scheme}://${host}:${Number(port)}`;
}
