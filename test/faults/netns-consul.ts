import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConsulNode } from '../servers/consul-node.ts';
import { type ConsulPorts, consulConfig, consulEnvironment } from '../servers/consul-options.ts';
import { temporaryFolder } from '../servers/folder.ts';
import { install } from '../servers/install.ts';
import { Hosts } from './netns.ts';
import { until } from './outage-parts.ts';

/** Consul's own: every host has all of them to itself. */
const PORTS: ConsulPorts = { http: 8500, server: 8300, serf: 8301 };

/** Three servers of Consul on three hosts, with a network between them that can be cut. */
export class HostedConsul implements AsyncDisposable {
  readonly hosts: Hosts;
  /** `host:port` of each node. */
  readonly endpoints: readonly string[];
  readonly #nodes: readonly ConsulNode[];
  readonly #held: AsyncDisposableStack;

  private constructor(hosts: Hosts, nodes: readonly ConsulNode[], held: AsyncDisposableStack) {
    this.hosts = hosts;
    this.endpoints = nodes.map(({ endpoint }) => endpoint);
    this.#nodes = nodes;
    this.#held = held;
  }

  static async start(): Promise<HostedConsul> {
    await using stack = new AsyncDisposableStack();
    const bin = join((await install(['consul-1.8']))['consul-1.8'] as string, 'usr/bin/consul');
    const folder = stack.adopt(await temporaryFolder('tenure-netns-'), (it) => it.remove());
    const hosts = stack.use(await Hosts.open(3));
    const nodes = [0, 1, 2].map((i) => {
      const name = `n${i + 1}`;
      const cwd = join(folder.path, name);
      mkdirSync(cwd);
      const config = {
        ...consulConfig({ nodes: 3, fast: true }, i, [PORTS, PORTS, PORTS], join(cwd, 'data'), undefined),
        bind_addr: hosts.peerAddress(i),
        advertise_addr: hosts.peerAddress(i),
        client_addr: hosts.clientAddress(i),
        retry_join: [0, 1, 2].map((other) => `${hosts.peerAddress(other)}:${PORTS.serf}`),
      };
      writeFileSync(join(cwd, 'config.json'), JSON.stringify(config));
      const [file = '', ...args] = hosts.on(i, [bin, 'agent', '-config-file', join(cwd, 'config.json')]);
      const command = {
        name,
        file,
        args,
        env: { ...consulEnvironment(), GOMAXPROCS: '1' },
        cwd,
        log: join(cwd, 'log'),
      };
      return new ConsulNode(PORTS, command, { token: undefined, tls: undefined }, hosts.clientAddress(i));
    });
    for (const node of nodes) stack.defer(() => node.kill());
    const cluster = new HostedConsul(hosts, nodes, stack);
    for (const node of nodes) await node.restart();
    await cluster.ready();
    return new HostedConsul(hosts, nodes, stack.move());
  }

  /** Resolves when every node has a quorum. After a heal that takes Consul some 20 s: raft backs off, and gossip finds its way. */
  async ready(): Promise<void> {
    for (const node of this.#nodes) {
      await until(
        `${node.name} serves ${node.crashed ? node.logTail : ''}`,
        async () => await node.isHealthy(this.#nodes.length),
        90_000,
      );
    }
  }

  /** The index of the only node that says it leads. */
  async leaderIndex(): Promise<number> {
    return await until('one leader', async () => {
      const leads = await Promise.all(this.#nodes.map((node) => node.isLeader().catch(() => false)));
      const found = leads.flatMap((leader, i) => (leader ? [i] : []));
      return found.length === 1 && found[0];
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#held.disposeAsync();
  }
}
