import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Certificates, makeCertificates } from './certs.ts';
import { requireTools } from './exec.ts';
import { temporaryFolder } from './folder.ts';
import { install } from './install.ts';
import { findJava } from './java.ts';
import { reservePorts } from './ports.ts';
import { ZooKeeperNode } from './zookeeper-node.ts';
import {
  checkOptions,
  javaArguments,
  type ZooKeeperOptions,
  type ZooKeeperPorts,
  zooConfig,
} from './zookeeper-options.ts';

/** Milliseconds a new ensemble gets until every node serves. */
const startWithin = 60_000;
const starts = 3;

interface Parts {
  readonly nodes: readonly ZooKeeperNode[];
  readonly certs: Certificates | undefined;
  readonly digest: boolean;
  /** The ports and the folder. */
  readonly held: AsyncDisposableStack;
}

/**
 * Installs the version if need be, and a Java runtime where the machine has none; starts a new ensemble on free loopback
 * ports and resolves when every node serves. A start that loses a port to another process is tried again on others.
 * Rejects with the tail of the logs otherwise.
 */
export async function startZooKeeper(options: ZooKeeperOptions): Promise<ZooKeeperCluster> {
  checkOptions(options);
  requireTools('Starting ZooKeeper', ['setpriv', ...(options.tls === true ? ['openssl'] : [])]);
  const component = `zookeeper-${options.version}`;
  const tree = (await install([component]))[component] as string;
  const java = await findJava();
  for (let attempt = 1; ; attempt += 1) {
    const cluster = new ZooKeeperCluster(await prepare(options, java, tree));
    try {
      await Promise.all(cluster.nodes.map((node) => node.restart()));
      await cluster.ready();
      return cluster;
    } catch (error) {
      const lostPort = cluster.nodes.some((node) => node.logTail.includes('Address already in use'));
      await cluster.stop();
      if (!lostPort || attempt === starts) throw error;
    }
  }
}

async function prepare(options: ZooKeeperOptions, java: string, tree: string): Promise<Parts> {
  const count = options.nodes ?? 1;
  await using stack = new AsyncDisposableStack();
  const folder = stack.adopt(await temporaryFolder('tenure-zookeeper-'), (it) => it.remove());
  const reservation = stack.adopt(await reservePorts(4 * count), (it) => it.release());
  const certs = options.tls === true ? await makeCertificates(join(folder.path, 'certs')) : undefined;
  const tls = certs && { certs, ...pemFiles(certs, folder.path) };
  const ports = Array.from({ length: count }, (_, i): ZooKeeperPorts => {
    const [client, quorum, election, secure] = reservation.ports.slice(4 * i) as [number, number, number, number];
    return { client, quorum, election, secure };
  });
  const nodes: ZooKeeperNode[] = [];
  for (const [i, own] of ports.entries()) {
    const cwd = join(folder.path, `n${i + 1}`);
    mkdirSync(join(cwd, 'data'), { recursive: true, mode: 0o700 });
    writeFileSync(join(cwd, 'data', 'myid'), `${i + 1}\n`);
    writeFileSync(join(cwd, 'zoo.cfg'), await zooConfig(options, i, ports, cwd, tls));
    const args = javaArguments(options, tree, cwd);
    const command = { name: `n${i + 1}`, file: java, args, env: process.env, cwd, log: join(cwd, 'log') };
    nodes.push(new ZooKeeperNode(own, certs !== undefined, command));
  }
  return { nodes, certs, digest: options.digest === true, held: stack.move() };
}

/** ZooKeeper knows a PEM store by its ending, and takes certificate and PKCS#8 key from one file. */
function pemFiles({ ca, server }: Certificates, folder: string): { pem: string; caPem: string } {
  const [pem, caPem] = [join(folder, 'server.pem'), join(folder, 'ca.pem')];
  writeFileSync(pem, readFileSync(server.key, 'utf8') + readFileSync(server.cert, 'utf8'), { mode: 0o600 });
  writeFileSync(caPem, readFileSync(ca));
  return { pem, caPem };
}

/** A running ensemble; it dies with this process at the latest, and its folder with it. */
export class ZooKeeperCluster implements AsyncDisposable {
  readonly nodes: readonly ZooKeeperNode[];
  /** `127.0.0.1:port` of every node's client port, with tls of the secure one. */
  readonly endpoints: readonly string[];
  /** `zookeeper://` and the endpoints. */
  readonly url: string;
  /** With tls. */
  readonly certs: Certificates | undefined;
  /** With digest: a superuser. */
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.nodes = parts.nodes;
    this.endpoints = parts.nodes.map((node) => node.endpoint);
    this.url = `zookeeper://${this.endpoints.join()}`;
    this.certs = parts.certs;
    this.username = parts.digest ? 'super' : undefined;
    this.password = parts.digest ? 'secret' : undefined;
  }

  /**
   * Resolves when every node that is neither stopped nor frozen serves. Rejects with the tail of the logs after
   * `timeout` milliseconds, or at once when a node ended by itself or none is left.
   */
  async ready(timeout = startWithin): Promise<void> {
    const deadline = performance.now() + timeout;
    for (;;) {
      const running = this.nodes.filter((node) => node.alive && !node.frozen);
      if (running.length === 0 || this.nodes.some((node) => node.crashed)) throw this.#failure('ZooKeeper ended');
      const modes = await Promise.all(running.map((node) => node.mode()));
      if (modes.every((mode) => mode !== undefined)) return;
      if (performance.now() > deadline) throw this.#failure(`ZooKeeper is not ready after ${timeout} ms`);
      await sleep(50);
    }
  }

  /** The index in `nodes` of the only node that leads or stands alone. Rejects after `timeout` milliseconds. */
  async leaderIndex(timeout = 10_000): Promise<number> {
    const deadline = performance.now() + timeout;
    for (;;) {
      const leads = (await Promise.all(this.nodes.map((node) => node.mode()))).map(
        (mode) => mode === 'leader' || mode === 'standalone',
      );
      const first = leads.indexOf(true);
      if (first !== -1 && leads.indexOf(true, first + 1) === -1) return first;
      if (performance.now() > deadline) throw this.#failure(`ZooKeeper has no single leader after ${timeout} ms`);
      await sleep(50);
    }
  }

  /** Stops every node and removes the folder. Idempotent. */
  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.kill()));
    await this.#parts.held.disposeAsync();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #failure(what: string): Error {
    const logs = this.nodes.map((node, i) => `--- n${i + 1}, ${node.alive ? 'alive' : 'ended'}\n${node.logTail}`);
    return new Error(`${what}\n${logs.join('\n')}`);
  }
}
