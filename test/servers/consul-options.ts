import type { KeyPair } from './certs.ts';

export interface ConsulOptions {
  /** 1 by default. */
  readonly nodes?: 1 | 3;
  /** HTTPS instead of HTTP, and TLS between servers; both sides must show a certificate. */
  readonly tls?: boolean;
  /** ACLs with a default of deny, and the management token of the cluster's `token`. */
  readonly acl?: boolean;
  /** The least session TTL is 1 s instead of Consul's 10 s. */
  readonly fast?: boolean;
  /** More settings of the configuration file. */
  readonly config?: Readonly<Record<string, unknown>>;
}

/** Throws RangeError for a bad option. */
export function checkConsulOptions({ nodes }: ConsulOptions): void {
  if (nodes !== undefined && nodes !== 1 && nodes !== 3) throw new RangeError(`nodes is ${nodes}; it must be 1 or 3`);
}

export interface ConsulPorts {
  /** HTTPS with tls. */
  readonly http: number;
  readonly server: number;
  /** TCP and UDP. */
  readonly serf: number;
}

/**
 * Where servers talk to each other. Reserved ports are held by UDP sockets on 127.0.0.1, and serf needs UDP: another
 * loopback address has every port to itself.
 */
export const peers = '127.0.0.2';

export const managementToken = '00000000-0000-4000-8000-000000000001';

/** The configuration file of node `index` of the cluster that has these ports. */
export function consulConfig(
  options: ConsulOptions,
  index: number,
  ports: readonly ConsulPorts[],
  data: string,
  tls: { readonly ca: string; readonly server: KeyPair } | undefined,
): object {
  const own = ports[index] as ConsulPorts;
  return {
    server: true,
    bootstrap_expect: ports.length,
    datacenter: 'dc1',
    node_name: `n${index + 1}`,
    data_dir: data,
    bind_addr: peers,
    advertise_addr: peers,
    client_addr: '127.0.0.1',
    ports: {
      http: tls === undefined ? own.http : -1,
      https: tls === undefined ? -1 : own.http,
      server: own.server,
      serf_lan: own.serf,
      serf_wan: -1,
      dns: -1,
      grpc: -1,
    },
    retry_join: ports.map(({ serf }) => `${peers}:${serf}`),
    retry_interval: '1s',
    rejoin_after_leave: true,
    leave_on_terminate: false,
    disable_update_check: true,
    disable_host_node_id: true,
    log_level: 'warn',
    raft_protocol: 3,
    performance: { raft_multiplier: 1 },
    // By default a lost server is dropped from raft and comes back as a non-voter for 10 s: a second fault in that time
    // would stop the cluster for good.
    autopilot: { cleanup_dead_servers: false, server_stabilization_time: '200ms' },
    limits: { http_max_conns_per_client: 10_000, rpc_max_conns_per_client: 10_000 },
    ...(options.fast === true && { session_ttl_min: '1s' }),
    ...(options.acl === true && {
      acl: {
        enabled: true,
        default_policy: 'deny',
        enable_token_persistence: true,
        tokens: { master: managementToken, agent: managementToken },
      },
    }),
    ...(tls !== undefined && {
      ca_file: tls.ca,
      cert_file: tls.server.cert,
      key_file: tls.server.key,
      verify_incoming: true,
      verify_outgoing: true,
      verify_server_hostname: true,
    }),
    ...options.config,
  };
}

/** This process's environment without the variables that Consul would take for options. */
export function consulEnvironment(): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !/^CONSUL_/.test(name));
  return { GOMAXPROCS: '2', ...Object.fromEntries(inherited) };
}
