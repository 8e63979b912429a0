import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Certificates, makeCertificates } from './certs.ts';
import { EtcdNode } from './etcd-node.ts';
import { checkOptions, type EtcdOptions, type EtcdPorts, etcdArguments, etcdEnvironment } from './etcd-options.ts';
import { exec, requireTools } from './exec.ts';
import { temporaryFolder } from './folder.ts';
import { install } from './install.ts';
import { reservePorts } from './ports.ts';

/** Milliseconds a new cluster gets until every node serves. */
const startWithin = 30_000;
const starts = 3;

interface Parts {
  readonly bin: string;
  readonly nodes: readonly EtcdNode[];
  readonly certs: Certificates | undefined;
  /** The ports and the folder. */
  readonly held: AsyncDisposableStack;
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
  for (let attempt = 1; ; attempt += 1) {
    const cluster = new EtcdCluster(await prepare(options, join(tree, 'usr/bin')));
    try {
      await cluster.bootstrap();
      if (options.auth === true) await cluster.enableAuth();
      return cluster;
    } catch (error) {
      const lostPort = cluster.nodes.some((node) => node.logTail.includes('address already in use'));
      await cluster.stop();
      if (!lostPort || attempt === starts) throw error;
    }
  }
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

/** A running cluster; it dies with this process at the latest, and its folder with it. */
export class EtcdCluster implements AsyncDisposable {
  readonly nodes: readonly EtcdNode[];
  /** `127.0.0.1:port` of every node's client port. */
  readonly endpoints: readonly string[];
  /** `etcd://` and the endpoints. */
  readonly url: string;
  /** With tls. */
  readonly certs: Certificates | undefined;
  readonly #parts: Parts;
  #auth = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.nodes = parts.nodes;
    this.endpoints = parts.nodes.map((node) => node.endpoint);
    this.url = `etcd://${this.endpoints.join()}`;
    this.certs = parts.certs;
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

  /**
   * Resolves when every node that is neither stopped nor frozen serves. Rejects with the tail of the logs after
   * `timeout` milliseconds, or at once when a node ended by itself or none is left.
   */
  async ready(timeout = startWithin): Promise<void> {
    const deadline = performance.now() + timeout;
    for (;;) {
      const running = this.#running();
      if (running.length === 0 || this.nodes.some((node) => node.crashed)) throw this.#failure('etcd ended');
      const healthy = await Promise.all(running.map((node) => node.isHealthy()));
      if (healthy.every(Boolean)) return;
      if (performance.now() > deadline) throw this.#failure(`etcd is not ready after ${timeout} ms`);
      await sleep(20);
    }
  }

  /**
   * The index in `nodes` of the only node that says it leads; waits while there is none or, after a partition, more
   * than one. A node that does not answer is not asked again within the round. Rejects after `timeout` milliseconds.
   */
  async leaderIndex(timeout = 10_000): Promise<number> {
    const deadline = performance.now() + timeout;
    for (;;) {
      const leads = await Promise.all(this.nodes.map((node) => leading(node)));
      const first = leads.indexOf(true);
      if (first !== -1 && leads.indexOf(true, first + 1) === -1) return first;
      if (performance.now() > deadline) throw this.#failure(`etcd has no single leader after ${timeout} ms`);
      await sleep(20);
    }
  }

  /** Runs etcdctl as a user that may do everything, against the running nodes; gives its standard output. */
  async ctl(args: readonly string[]): Promise<string> {
    const running = this.#running();
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
    return await exec(file, [...options, ...args], { env: etcdEnvironment(), timeout: 20_000 });
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

  /** Stops every node and removes the folder. Idempotent. */
  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.kill()));
    await this.#parts.held.disposeAsync();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #running(): EtcdNode[] {
    return this.nodes.filter((node) => node.alive && !node.frozen);
  }

  #failure(what: string): Error {
    const logs = this.nodes.map((node, i) => `--- n${i + 1}, ${node.alive ? 'alive' : 'ended'}\n${node.logTail}`);
    return new Error(`${what}\n${logs.join('\n')}`);
  }
}

async function leading(node: EtcdNode): Promise<boolean> {
  if (!node.alive || node.frozen) return false;
  try {
    return /^etcd_server_is_leader 1$/m.test(await node.metrics());
  } catch {
    return false;
  }
}
