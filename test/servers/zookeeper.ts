import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Certificates, makeCertificates } from './certs.ts';
import { type ClusterParts, ServerCluster, started } from './cluster.ts';
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

interface Parts extends ClusterParts<ZooKeeperNode> {
  readonly digest: boolean;
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
  return await started(
    async () => new ZooKeeperCluster(await prepare(options, java, tree)),
    async (cluster) => {
      await Promise.all(cluster.nodes.map((node) => node.restart()));
      await cluster.ready();
    },
  );
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

/** A running ensemble, and who may do everything on it. */
export class ZooKeeperCluster extends ServerCluster<ZooKeeperNode> {
  /** With digest: a superuser. */
  readonly username: string | undefined;
  readonly password: string | undefined;

  constructor(parts: Parts) {
    super('ZooKeeper', startWithin, parts);
    this.username = parts.digest ? 'super' : undefined;
    this.password = parts.digest ? 'secret' : undefined;
  }
}
