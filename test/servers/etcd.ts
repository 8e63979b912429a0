import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeCertificates } from './certs.ts';
import { type ClusterParts, ServerCluster, started } from './cluster.ts';
import { EtcdNode } from './etcd-node.ts';
import { checkOptions, type EtcdOptions, type EtcdPorts, etcdArguments, etcdEnvironment } from './etcd-options.ts';
import { exec, requireTools } from './exec.ts';
import { temporaryFolder } from './folder.ts';
import { install } from './install.ts';
import { reservePorts } from './ports.ts';

/** Milliseconds a new cluster gets until every node serves. */
const startWithin = 30_000;

interface Parts extends ClusterParts<EtcdNode> {
  readonly bin: string;
}

/**
 * Installs the version if need be, starts a new cluster on free loopback ports and resolves when every node serves.
 * A start that loses a port to another process is tried again on others. Rejects with the tail of the logs otherwise.
 */
export async function startEtcd(options: EtcdOptions): Promise<EtcdCluster> {
  checkOptions(options);
  requireTools('Starting etcd', ['setpriv', ...(options.tls === true ? ['openssl'] : [])]);
  const component = `etcd-${options.version}`;
  const tree = (await install([component]))[component] as string;
  return await started(
    async () => new EtcdCluster(await prepare(options, join(tree, 'usr/bin'))),
    async (cluster) => {
      await cluster.bootstrap();
      if (options.auth === true) await cluster.enableAuth();
    },
  );
}

async function prepare(options: EtcdOptions, bin: string): Promise<Parts> {
  const count = options.nodes ?? 1;
  await using stack = new AsyncDisposableStack();
  const folder = stack.adopt(await temporaryFolder('tenure-etcd-'), (it) => it.remove());
  const reservation = stack.adopt(await reservePorts(3 * count), (it) => it.release());
  const certs = options.tls === true ? await makeCertificates(join(folder.path, 'certs')) : undefined;
  const ports = Array.from({ length: count }, (_, i): EtcdPorts => {
    const [client, peer, metrics] = reservation.ports.slice(3 * i) as [number, number, number];
    return { client, peer, metrics };
  });
  const nodes = ports.map((own, i) => {
    const cwd = join(folder.path, `n${i + 1}`);
    const data = join(cwd, 'data');
    mkdirSync(data, { recursive: true, mode: 0o700 });
    const args = etcdArguments(options, i, ports, data, certs);
    const env = etcdEnvironment();
    return new EtcdNode(own, { name: `n${i + 1}`, file: join(bin, 'etcd'), args, env, cwd, log: join(cwd, 'log') });
  });
  return { bin, nodes, certs, held: stack.move() };
}

/** A running cluster, and etcdctl for it. */
export class EtcdCluster extends ServerCluster<EtcdNode> {
  readonly #parts: Parts;
  #auth = false;

  constructor(parts: Parts) {
    super('etcd', startWithin, parts);
    this.#parts = parts;
  }

  /**
   * Starts the nodes for the first time, each when the one before it answers. A new member first asks every peer for
   * the members, a second at most each (etcd server/etcdserver, isMemberBootstrapped): one that is down refuses at once, one
   * that serves replies at once, but members that start together listen before they serve and wait for one another.
   */
  async bootstrap(): Promise<void> {
    const deadline = performance.now() + startWithin;
    for (const node of this.nodes) {
      await node.restart();
      while (!node.crashed && performance.now() < deadline && !(await node.isAnswering())) await sleep(5);
    }
    await this.ready(deadline - performance.now());
  }

  /** With auth: a user that may do everything. */
  get username(): string | undefined {
    return this.#auth ? 'root' : undefined;
  }

  get password(): string | undefined {
    return this.#auth ? 'root' : undefined;
  }

  /** Runs etcdctl as a user that may do everything, against the running nodes; gives its standard output. */
  async ctl(args: readonly string[], input?: string): Promise<string> {
    const running = this.running;
    const scheme = this.certs === undefined ? 'http' : 'https';
    const options = [
      '--endpoints',
      (running.length === 0 ? this.nodes : running).map((n) => `${scheme}://${n.endpoint}`).join(),
    ];
    if (this.certs !== undefined) {
      const { ca, root } = this.certs;
      options.push('--cacert', ca, '--cert', root.cert, '--key', root.key);
    } else if (this.username !== undefined) {
      options.push('--user', `${this.username}:${this.password}`);
    }
    const file = join(this.#parts.bin, 'etcdctl');
    return await exec(file, [...options, ...args], {
      env: etcdEnvironment(),
      timeout: 20_000,
      ...(input !== undefined && { input }),
    });
  }

  /** The text of /metrics of node `index`. */
  async metrics(index: number): Promise<string> {
    const node = this.nodes[index];
    if (node === undefined) throw new RangeError(`index is ${index}; it must be from 0 to ${this.nodes.length - 1}`);
    return await node.metrics();
  }

  /** Makes the user root and switches authentication on. */
  async enableAuth(): Promise<void> {
    await this.ctl(['user', 'add', 'root:root']);
    await this.ctl(['user', 'grant-role', 'root', 'root']);
    await this.ctl(['auth', 'enable']);
    this.#auth = true;
  }
}
