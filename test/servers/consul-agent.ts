import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ServerCluster, started } from './cluster.ts';
import type { ConsulCluster } from './consul.ts';
import { type ConsulAccess, ConsulNode } from './consul-node.ts';
import { type ConsulPorts, consulConfig, consulEnvironment } from './consul-options.ts';
import { temporaryFolder } from './folder.ts';
import { reservePorts } from './ports.ts';
import type { ServerCommand } from './process.ts';

/** Milliseconds a new agent gets until it serves. */
const startWithin = 30_000;

/** An agent that is no server: it passes every request on to one of the servers. */
class ClientAgent extends ConsulNode {
  readonly #voters: number;

  constructor(ports: ConsulPorts, command: ServerCommand, access: ConsulAccess, voters: number) {
    super(ports, command, access);
    this.#voters = voters;
  }

  /** Sessions can be bound to its node, and the servers it knows are complete. */
  override async isHealthy(): Promise<boolean> {
    return await super.isHealthy(this.#voters);
  }
}

/** Starts a client agent in front of these servers, with their TLS and their ACLs; resolves when it serves. */
export async function startConsulAgent(servers: ConsulCluster): Promise<ServerCluster<ConsulNode>> {
  return await started(async () => await prepare(servers));
}

async function prepare(servers: ConsulCluster): Promise<ServerCluster<ConsulNode>> {
  const { file, options, tls, access, join: retryJoin } = servers.forAgents;
  await using stack = new AsyncDisposableStack();
  const folder = stack.adopt(await temporaryFolder('tenure-consul-agent-'), (it) => it.remove());
  const reservation = stack.adopt(await reservePorts(3), (it) => it.release());
  const [http, server, serf] = reservation.ports as [number, number, number];
  const ports = { http, server, serf };
  const data = join(folder.path, 'data');
  mkdirSync(data, { mode: 0o700 });
  const name = 'agent';
  const config = {
    ...consulConfig(options, 0, [ports], data, tls),
    ...{ server: false, bootstrap_expect: undefined, autopilot: undefined, node_name: name, retry_join: retryJoin },
  };
  const path = join(folder.path, 'config.json');
  writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
  const args = ['agent', '-config-file', path];
  const cwd = folder.path;
  const command = { name, file, args, env: consulEnvironment(), cwd, log: join(cwd, 'log') };
  const node = new ClientAgent(ports, command, access, servers.nodes.length);
  return new ServerCluster('Consul', startWithin, { nodes: [node], certs: servers.certs, held: stack.move() });
}
