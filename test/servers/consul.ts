import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Certificates, type KeyPair, makeCertificates } from './certs.ts';
import { type ClusterParts, ServerCluster, started } from './cluster.ts';
import { type ConsulAccess, ConsulNode } from './consul-node.ts';
import {
  type ConsulOptions,
  type ConsulPorts,
  checkConsulOptions,
  consulConfig,
  consulEnvironment,
  managementToken,
  peers,
} from './consul-options.ts';
import { exec, requireTools } from './exec.ts';
import { temporaryFolder } from './folder.ts';
import { install } from './install.ts';
import { reservePorts } from './ports.ts';

/** Milliseconds a new cluster gets until every node serves. */
const startWithin = 30_000;
/** Milliseconds that an administrator waits for an answer. */
const requestWithin = 10_000;
const component = 'consul-1.8';

/** What another agent needs to join these servers. */
export interface ForAgents {
  /** The consul command. */
  readonly file: string;
  readonly options: ConsulOptions;
  readonly tls: { readonly ca: string; readonly server: KeyPair } | undefined;
  readonly access: ConsulAccess;
  /** Where the servers gossip. */
  readonly join: readonly string[];
}

interface Parts extends ClusterParts<ConsulNode> {
  readonly forAgents: ForAgents;
  readonly token: string | undefined;
}

/**
 * Installs Consul 1.8 if need be, starts a new cluster on free loopback ports and resolves when every node serves.
 * A start that loses a port to another process is tried again on others. Rejects with the tail of the logs otherwise.
 */
export async function startConsul(options: ConsulOptions = {}): Promise<ConsulCluster> {
  checkConsulOptions(options);
  requireTools('Starting Consul', ['setpriv', ...(options.tls === true ? ['openssl'] : [])]);
  const tree = (await install([component]))[component] as string;
  return await started(async () => new ConsulCluster(await prepare(options, join(tree, 'usr/bin/consul'))));
}

async function prepare(options: ConsulOptions, file: string): Promise<Parts> {
  const count = options.nodes ?? 1;
  await using stack = new AsyncDisposableStack();
  const folder = stack.adopt(await temporaryFolder('tenure-consul-'), (it) => it.remove());
  const reservation = stack.adopt(await reservePorts(3 * count), (it) => it.release());
  const certs = options.tls === true ? await makeCertificates(join(folder.path, 'certs')) : undefined;
  const tls = certs && { ca: certs.ca, server: await serverCertificate(certs) };
  const token = options.acl === true ? managementToken : undefined;
  const ports = Array.from({ length: count }, (_, i): ConsulPorts => {
    const [http, server, serf] = reservation.ports.slice(3 * i) as [number, number, number];
    return { http, server, serf };
  });
  const access: ConsulAccess = {
    token,
    tls: certs && {
      ca: readFileSync(certs.ca),
      cert: readFileSync(certs.client.cert),
      key: readFileSync(certs.client.key),
    },
  };
  const nodes = ports.map((own, i) => {
    const name = `n${i + 1}`;
    const cwd = join(folder.path, name);
    const data = join(cwd, 'data');
    mkdirSync(data, { recursive: true, mode: 0o700 });
    const config = join(cwd, 'config.json');
    writeFileSync(config, JSON.stringify(consulConfig(options, i, ports, data, tls)), { mode: 0o600 });
    const args = ['agent', '-config-file', config];
    const command = { name, file, args, env: consulEnvironment(), cwd, log: join(cwd, 'log') };
    return new ConsulNode(own, command, access);
  });
  const forAgents = { file, options, tls, access, join: ports.map(({ serf }) => `${peers}:${serf}`) };
  return { nodes, forAgents, certs, token, held: stack.move() };
}

/** `verify_server_hostname` wants the name of a server of the datacenter. */
async function serverCertificate(certs: Certificates) {
  const addresses = Array.from({ length: 9 }, (_, i) => `IP:127.0.0.${i + 1}`);
  const subjectAltName = ['DNS:server.dc1.consul', 'DNS:localhost', ...addresses, 'IP:::1'].join();
  return await certs.issue('consul', { commonName: 'server.dc1.consul', subjectAltName, server: true });
}

/** A running cluster, and an administrator's hand on it. */
export class ConsulCluster extends ServerCluster<ConsulNode> {
  /** With acl: a token that may do everything. */
  readonly token: string | undefined;
  readonly forAgents: ForAgents;

  constructor(parts: Parts) {
    super('Consul', startWithin, parts);
    this.forAgents = parts.forAgents;
    this.token = parts.token;
  }

  /** One request of an administrator to the first node that runs; `path` without `/v1`. */
  async api(method: string, path: string, body?: string | Buffer): Promise<unknown> {
    const [node] = this.running;
    if (node === undefined) throw this.failure('no node of Consul runs');
    return await node.api(method, path, body, requestWithin);
  }

  /** Runs the consul command as a user that may do everything; gives its standard output. */
  async ctl(args: readonly string[]): Promise<string> {
    const [node = this.nodes[0] as ConsulNode] = this.running;
    const { certs, token } = this;
    const env = {
      ...consulEnvironment(),
      CONSUL_HTTP_ADDR: `${certs === undefined ? 'http' : 'https'}://${node.endpoint}`,
      ...(token !== undefined && { CONSUL_HTTP_TOKEN: token }),
      ...(certs !== undefined && {
        CONSUL_CACERT: certs.ca,
        CONSUL_CLIENT_CERT: certs.client.cert,
        CONSUL_CLIENT_KEY: certs.client.key,
      }),
    };
    return await exec(this.forAgents.file, args, { env, timeout: 20_000 });
  }
}
