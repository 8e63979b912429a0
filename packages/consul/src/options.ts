import type { Clock } from '@tenure/core';

/** PEM files by path, read again when they change; or their content. */
export interface ConsulTls {
  /** The authorities that sign the agents' certificates. Default: those that Node trusts. */
  readonly ca?: string | Buffer;
  /** The client's certificate and key, together or not at all. */
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
}

export interface ConsulOptions {
  /**
   * Agents or servers: `host:port`, `http://host:port` or `https://host:port`. A scheme may be left out: `tls` decides. Not a
   * load balancer: two requests to one endpoint must reach one agent.
   */
  readonly endpoints: readonly string[];
  readonly tls?: ConsulTls;
  /** The secret id of an ACL token. */
  readonly token?: string;
  /** A file that holds it, read again when it changes. */
  readonly tokenFile?: string;
  /** The datacenter whose keys these are. Default: the agents' own. */
  readonly dc?: string;
  /** Health checks of the agent's node that end the session when they fail, such as `serfHealth`. Default: none. */
  readonly checks?: readonly string[];
  /** Milliseconds: the servers' `session_ttl_min`, half of the shortest ttl. Default 10,000, as Consul's. */
  readonly sessionTtlMin?: number;
  /** Default: the system's monotonic clock. */
  readonly clock?: Clock;
}

export interface Endpoint {
  readonly url: string;
  readonly secure: boolean;
  /** IPv6 in brackets. */
  readonly host: string;
  readonly port: number;
}

const known = ['endpoints', 'tls', 'token', 'tokenFile', 'dc', 'checks', 'sessionTtlMin', 'clock'];

/** @throws TypeError, RangeError naming the field, its value and what it takes. */
export function assertOptions(options: ConsulOptions): void {
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw new TypeError(`consul: there is no option ${name}; there are ${known.join(', ')}`);
  }
  const { endpoints, tls, token, tokenFile, dc, checks, sessionTtlMin } = options;
  if (!Array.isArray(endpoints) || endpoints.length === 0) {
    throw new TypeError(
      `consul: endpoints is ${JSON.stringify(endpoints)}; it must be a list of at least one endpoint`,
    );
  }
  endpoints.forEach((endpoint, index) => void parseEndpoint(endpoint, tls !== undefined, `endpoints[${index}]`));
  for (const [name, value] of Object.entries({ tokenFile, dc })) {
    if (value !== undefined && (typeof value !== 'string' || value === '')) {
      throw new TypeError(`consul: ${name} is ${JSON.stringify(value)}; it must be a non-empty string`);
    }
  }
  if (token !== undefined && (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token))) {
    throw new TypeError('consul: token is not a string of visible ASCII characters');
  }
  if (token !== undefined && tokenFile !== undefined) {
    throw new TypeError('consul: give either token or tokenFile, and not both');
  }
  if (checks !== undefined && !(Array.isArray(checks) && checks.every((check) => typeof check === 'string'))) {
    throw new TypeError(`consul: checks is ${JSON.stringify(checks)}; it must be a list of check ids`);
  }
  if (sessionTtlMin !== undefined && !(sessionTtlMin > 0 && sessionTtlMin <= 86_400_000)) {
    throw new RangeError(`consul: sessionTtlMin is ${sessionTtlMin} ms; it must be more than 0 and at most 86400000`);
  }
  if (tls !== undefined && (tls.cert === undefined) !== (tls.key === undefined)) {
    throw new TypeError('consul: tls.cert and tls.key go together; one of them is missing');
  }
}

/** @throws TypeError, RangeError */
export function parseEndpoint(endpoint: unknown, tls: boolean, field: string): Endpoint {
  const wanted = `consul: ${field} is ${JSON.stringify(endpoint)}; it must be host:port, http://host:port or https://host:port`;
  if (typeof endpoint !== 'string') throw new TypeError(wanted);
  const match = /^(?:(https?):\/\/)?(\[[0-9a-fA-F:.]+\]|[^\s/:@[\]]+):(\d+)\/?$/.exec(endpoint);
  if (match === null) throw new TypeError(wanted);
  const [, scheme = tls ? 'https' : 'http', host = '', digits] = match;
  const port = Number(digits);
  if (port < 1 || port > 65535) {
    throw new RangeError(`consul: ${field} is ${JSON.stringify(endpoint)}; its port must be 1 to 65535`);
  }
  if (scheme === 'http' && tls) {
    throw new TypeError(`consul: ${field} is ${JSON.stringify(endpoint)}, but tls is set; it must not be http://`);
  }
  return { url: `${scheme}://${host}:${port}`, secure: scheme === 'https', host, port };
}
