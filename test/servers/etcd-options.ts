import type { Certificates } from './certs.ts';

export type EtcdVersion = '3.4' | '3.5';

export interface EtcdOptions {
  readonly version: EtcdVersion;
  /** 1 by default. */
  readonly nodes?: 1 | 3;
  /** TLS to clients and between peers; both sides must show a certificate. */
  readonly tls?: boolean;
  /** Authentication on, with the user root and the password of the cluster's `password`. */
  readonly auth?: boolean;
  /** No fsync, heartbeat 50 ms and election 500 ms, so that the least lease TTL is 1 s instead of 2 s. */
  readonly fast?: boolean;
  /** --quota-backend-bytes. */
  readonly quotaBytes?: number;
  /** Seconds; --auth-token-ttl. */
  readonly authTokenTtl?: number;
  /** More arguments of etcd, after all others. */
  readonly args?: readonly string[];
}

/** Throws RangeError or TypeError for a bad option. */
export function checkOptions(options: EtcdOptions): void {
  const { version, nodes, quotaBytes, authTokenTtl } = options;
  if (version !== '3.4' && version !== '3.5') throw new RangeError(`version is ${version}; it must be 3.4 or 3.5`);
  if (nodes !== undefined && nodes !== 1 && nodes !== 3) throw new RangeError(`nodes is ${nodes}; it must be 1 or 3`);
  for (const [field, value] of Object.entries({ quotaBytes, authTokenTtl })) {
    if (value !== undefined && (!Number.isSafeInteger(value) || value < 1)) {
      throw new RangeError(`${field} is ${value}; it must be a whole number from 1`);
    }
  }
}

export interface EtcdPorts {
  readonly client: number;
  readonly peer: number;
  readonly metrics: number;
}

/** The arguments of node `index` of the cluster that has these ports. */
export function etcdArguments(
  options: EtcdOptions,
  index: number,
  ports: readonly EtcdPorts[],
  data: string,
  certs: Certificates | undefined,
): string[] {
  const scheme = certs === undefined ? 'http' : 'https';
  const own = ports[index] as EtcdPorts;
  const client = `${scheme}://127.0.0.1:${own.client}`;
  const peer = `${scheme}://127.0.0.1:${own.peer}`;
  const args = [
    ...['--name', `n${index + 1}`, '--data-dir', data],
    ...['--listen-client-urls', client, '--advertise-client-urls', client],
    ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer],
    ...['--initial-cluster', ports.map((p, i) => `n${i + 1}=${scheme}://127.0.0.1:${p.peer}`).join()],
    ...['--initial-cluster-state', 'new', '--initial-cluster-token', `t${ports[0]?.peer}`],
    // Plain HTTP even under TLS, and its /health needs a leader and a quorum read.
    ...['--listen-metrics-urls', `http://127.0.0.1:${own.metrics}`],
    ...['--logger', 'zap', '--log-level', 'warn'],
  ];
  // 3.4 has --unsafe-no-fsync too, but does not show it in --help.
  if (options.fast === true) args.push('--heartbeat-interval', '50', '--election-timeout', '500', '--unsafe-no-fsync');
  if (options.quotaBytes !== undefined) args.push('--quota-backend-bytes', String(options.quotaBytes));
  if (options.authTokenTtl !== undefined) args.push('--auth-token-ttl', String(options.authTokenTtl));
  if (certs !== undefined) {
    const { ca, server } = certs;
    args.push('--client-cert-auth', '--trusted-ca-file', ca, '--cert-file', server.cert, '--key-file', server.key);
    args.push('--peer-client-cert-auth', '--peer-trusted-ca-file', ca);
    args.push('--peer-cert-file', server.cert, '--peer-key-file', server.key);
  }
  return [...args, ...(options.args ?? [])];
}

/** This process's environment without the variables that etcd and etcdctl would take for options. */
export function etcdEnvironment(): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !/^ETCD(CTL)?_/.test(name));
  return { GOMAXPROCS: '2', ...Object.fromEntries(inherited), ETCDCTL_API: '3' };
}
