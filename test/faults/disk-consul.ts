import { closeSync, mkdirSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { ConsulNode } from '../servers/consul-node.ts';
import { type ConsulPorts, consulConfig, consulEnvironment } from '../servers/consul-options.ts';
import { requireTools } from '../servers/exec.ts';
import { temporaryFolder } from '../servers/folder.ts';
import { install } from '../servers/install.ts';
import { reservePorts } from '../servers/ports.ts';
import { until } from './outage-parts.ts';

/** Of each node. The store of a new node takes less than a tenth of it. */
const DISK = '32m';
/** As much at a time, and then a page. */
const CHUNKS = [1 << 20, 4096];

/** Three servers of Consul, each with a small disk of its own, which is memory and gone with its server. */
export class DiskedConsul implements AsyncDisposable {
  /** `host:port` of each node. */
  readonly endpoints: readonly string[];
  readonly nodes: readonly ConsulNode[];
  readonly #data: readonly string[];
  readonly #held: AsyncDisposableStack;

  private constructor(nodes: readonly ConsulNode[], data: readonly string[], held: AsyncDisposableStack) {
    this.endpoints = nodes.map(({ endpoint }) => endpoint);
    this.nodes = nodes;
    this.#data = data;
    this.#held = held;
  }

  /** Needs what `mayNotMakeHosts` looks for. */
  static async start(): Promise<DiskedConsul> {
    requireTools('Making disks', ['unshare', 'mount', 'setpriv']);
    await using stack = new AsyncDisposableStack();
    const bin = join((await install(['consul-1.8']))['consul-1.8'] as string, 'usr/bin/consul');
    const folder = stack.adopt(await temporaryFolder('tenure-disk-'), (it) => it.remove());
    const { ports: all } = stack.adopt(await reservePorts(9), (it) => it.release());
    const ports = [0, 1, 2].map((i): ConsulPorts => {
      const [http, server, serf] = all.slice(3 * i) as [number, number, number];
      return { http, server, serf };
    });
    const data = [0, 1, 2].map((i) => join(folder.path, `n${i + 1}`, 'data'));
    const nodes = ports.map((own, i) => {
      const name = `n${i + 1}`;
      const cwd = join(folder.path, name);
      const disk = data[i] as string;
      mkdirSync(disk, { recursive: true });
      const config = join(cwd, 'config.json');
      writeFileSync(config, JSON.stringify(consulConfig({ nodes: 3, fast: true }, i, ports, disk, undefined)));
      const mount = `mount -t tmpfs -o size=${DISK},mode=700 tenure "$0" && exec "$@"`;
      const args = ['--mount', 'sh', '-c', mount, disk, bin, 'agent', '-config-file', config];
      const command = { name, file: 'unshare', args, env: consulEnvironment(), cwd, log: join(cwd, 'log') };
      return new ConsulNode(own, command, { token: undefined, tls: undefined });
    });
    for (const node of nodes) stack.defer(() => node.kill());
    const cluster = new DiskedConsul(nodes, data, stack);
    for (const node of nodes) await node.restart();
    await cluster.ready();
    return new DiskedConsul(nodes, data, stack.move());
  }

  /** Resolves when every node has a quorum. */
  async ready(): Promise<void> {
    for (const node of this.nodes) {
      await until(
        `${node.name} serves ${node.crashed ? node.logTail : ''}`,
        async () => await node.isHealthy(this.nodes.length),
        60_000,
      );
    }
  }

  /** The index of the only node that says it leads. */
  async leaderIndex(): Promise<number> {
    return await until('one leader', async () => {
      const leads = await Promise.all(this.nodes.map((node) => node.isLeader().catch(() => false)));
      const found = leads.flatMap((leader, i) => (leader ? [i] : []));
      return found.length === 1 && found[0];
    });
  }

  /** Not a byte is left. */
  fill(index: number): void {
    const file = openSync(this.#filler(index), 'a');
    try {
      for (const size of CHUNKS) while (wrote(file, Buffer.alloc(size)));
    } finally {
      closeSync(file);
    }
  }

  free(index: number): void {
    rmSync(this.#filler(index), { force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#held.disposeAsync();
  }

  /** As the server sees it. */
  #filler(index: number): string {
    return `/proc/${this.nodes[index]?.pid}/root${this.#data[index]}/filler`;
  }
}

/** `false`: there is no space. */
function wrote(file: number, bytes: Buffer): boolean {
  try {
    return writeSync(file, bytes) === bytes.length;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    return false;
  }
}
