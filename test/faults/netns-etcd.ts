import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../servers/folder.ts';
import { install } from '../servers/install.ts';
import { ServerProcess } from '../servers/process.ts';
import { Hosts } from './netns.ts';
import { until } from './outage-parts.ts';

/** Three nodes of etcd 3.5 on three hosts, with a network between them that can be cut. */
export class HostedEtcd implements AsyncDisposable {
  readonly hosts: Hosts;
  /** `host:port` of each node. */
  readonly endpoints: readonly string[];
  readonly #nodes: readonly ServerProcess[];
  readonly #held: AsyncDisposableStack;

  private constructor(hosts: Hosts, nodes: readonly ServerProcess[], held: AsyncDisposableStack) {
    this.hosts = hosts;
    this.endpoints = nodes.map((_, i) => `${hosts.clientAddress(i)}:2379`);
    this.#nodes = nodes;
    this.#held = held;
  }

  static async start(): Promise<HostedEtcd> {
    await using stack = new AsyncDisposableStack();
    const bin = join((await install(['etcd-3.5']))['etcd-3.5'] as string, 'usr/bin/etcd');
    const folder = stack.adopt(await temporaryFolder('tenure-netns-'), (it) => it.remove());
    const hosts = stack.use(await Hosts.open(3));
    const peers = [0, 1, 2].map((i) => `n${i}=http://${hosts.peerAddress(i)}:2380`).join();
    const nodes = [0, 1, 2].map((i) => {
      const cwd = join(folder.path, `n${i}`);
      mkdirSync(cwd);
      const client = `http://${hosts.clientAddress(i)}:2379`;
      const peer = `http://${hosts.peerAddress(i)}:2380`;
      const [file = '', ...args] = hosts.on(i, [
        ...[bin, '--name', `n${i}`, '--data-dir', 'data'],
        ...['--listen-client-urls', client, '--advertise-client-urls', client],
        ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer],
        ...['--initial-cluster', peers, '--listen-metrics-urls', `http://${hosts.clientAddress(i)}:2381`],
        ...['--heartbeat-interval', '50', '--election-timeout', '500', '--unsafe-no-fsync', '--log-level', 'warn'],
      ]);
      // etcd would send what it sends to its peers through a proxy.
      const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^ETCD_|_PROXY$/i.test(name)));
      return new ServerProcess({
        name: `n${i}`,
        file,
        args,
        env: { ...env, GOMAXPROCS: '1' },
        cwd,
        log: join(cwd, 'log'),
      });
    });
    for (const node of nodes) stack.defer(() => node.kill());
    const cluster = new HostedEtcd(hosts, nodes, stack);
    for (const node of nodes) await node.start();
    await cluster.ready();
    return new HostedEtcd(hosts, nodes, stack.move());
  }

  /** Resolves when every node has a quorum. */
  async ready(): Promise<void> {
    const dead = () => this.#nodes.find((node) => node.crashed)?.logTail();
    for (const [i] of this.#nodes.entries()) {
      await until(
        `node ${i} serves ${dead() ?? ''}`,
        async () => (await this.#get(i, 'health')).includes('"true"'),
        30_000,
      );
    }
  }

  /** The index of the node that the others follow. */
  async leaderIndex(): Promise<number> {
    return await until('one leader', async () => {
      const leads = await Promise.all(this.#nodes.map((_, i) => this.#get(i, 'metrics')));
      const found = leads.flatMap((text, i) => (/^etcd_server_is_leader 1$/m.test(text) ? [i] : []));
      return found.length === 1 && found[0];
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#held.disposeAsync();
  }

  async #get(index: number, path: string): Promise<string> {
    try {
      const url = `http://${this.hosts.clientAddress(index)}:2381/${path}`;
      return await (await fetch(url, { signal: AbortSignal.timeout(1000) })).text();
    } catch {
      return '';
    }
  }
}
