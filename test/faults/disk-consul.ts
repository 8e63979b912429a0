import { closeSync, mkdirSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { ServerCluster, started } from '../servers/cluster.ts';
import { ConsulNode } from '../servers/consul-node.ts';
import { type ConsulPorts, consulConfig, consulEnvironment } from '../servers/consul-options.ts';
import { requireTools } from '../servers/exec.ts';
import { temporaryFolder } from '../servers/folder.ts';
import { install } from '../servers/install.ts';
import { reservePorts } from '../servers/ports.ts';

/** Of each node. The store of a new node takes less than a tenth of it. */
const DISK = '32m';
/** As much at a time, and then a page. */
const CHUNKS = [1 << 20, 4096];

/** Three servers of Consul, each with a small disk of its own, which is memory and gone with its server. */
export class DiskedConsul extends ServerCluster<ConsulNode> {
  readonly #data: readonly string[];

  private constructor(nodes: readonly ConsulNode[], data: readonly string[], held: AsyncDisposableStack) {
    super('Consul', 60_000, { nodes, certs: undefined, held });
    this.#data = data;
  }

  /** Needs what `mayNotMakeHosts` looks for. */
  static async start(): Promise<DiskedConsul> {
    requireTools('Making disks', ['unshare', 'mount', 'setpriv']);
    const bin = join((await install(['consul-1.8']))['consul-1.8'] as string, 'usr/bin/consul');
    return await started(() => DiskedConsul.#prepare(bin));
  }

  static async #prepare(bin: string): Promise<DiskedConsul> {
    await using stack = new AsyncDisposableStack();
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
    return new DiskedConsul(nodes, data, stack.move());
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
