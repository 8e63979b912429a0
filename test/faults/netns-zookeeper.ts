import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../servers/folder.ts';
import { install } from '../servers/install.ts';
import { findJava } from '../servers/java.ts';
import { ServerProcess } from '../servers/process.ts';
import { fourLetterWord } from '../servers/zookeeper-node.ts';
import { javaArguments, zooConfig } from '../servers/zookeeper-options.ts';
import { Hosts } from './netns.ts';
import { until } from './outage-parts.ts';
import { TICK } from './zookeeper.ts';

const CLIENTS = 2181;
/** An ensemble that was cut may need several rounds of an election, the more so on a machine that others load. */
const SERVES_WITHIN = 90_000;

/** Three nodes of ZooKeeper 3.9 on three hosts, with a network between them that can be cut. */
export class HostedZooKeeper implements AsyncDisposable {
  readonly hosts: Hosts;
  /** `host:port` of each node. */
  readonly endpoints: readonly string[];
  readonly #nodes: readonly ServerProcess[];
  readonly #held: AsyncDisposableStack;

  private constructor(hosts: Hosts, nodes: readonly ServerProcess[], held: AsyncDisposableStack) {
    this.hosts = hosts;
    this.endpoints = nodes.map((_, i) => `${hosts.clientAddress(i)}:${CLIENTS}`);
    this.#nodes = nodes;
    this.#held = held;
  }

  static async start(): Promise<HostedZooKeeper> {
    await using stack = new AsyncDisposableStack();
    const tree = (await install(['zookeeper-3.9']))['zookeeper-3.9'] as string;
    const java = await findJava();
    const folder = stack.adopt(await temporaryFolder('tenure-netns-'), (it) => it.remove());
    const hosts = stack.use(await Hosts.open(3));
    const options = { version: '3.9', nodes: 3, tickTime: TICK } as const;
    const ports = [0, 1, 2].map(() => ({ client: CLIENTS, quorum: 2888, election: 3888, secure: 0 }));
    const nodes: ServerProcess[] = [];
    for (const i of [0, 1, 2]) {
      const cwd = join(folder.path, `n${i + 1}`);
      mkdirSync(join(cwd, 'data'), { recursive: true });
      writeFileSync(join(cwd, 'data', 'myid'), `${i + 1}\n`);
      const addresses = [0, 1, 2].map((to) => `server.${to + 1}=${hosts.peerAddress(to)}:2888:3888`);
      const config = [`clientPortAddress=${hosts.clientAddress(i)}`, ...addresses];
      // Of two lines of one name the last one counts.
      writeFileSync(join(cwd, 'zoo.cfg'), await zooConfig({ ...options, config }, i, ports, cwd, undefined));
      const [file = '', ...args] = hosts.on(i, [java, ...javaArguments(options, tree, cwd)]);
      nodes.push(new ServerProcess({ name: `n${i + 1}`, file, args, env: process.env, cwd, log: join(cwd, 'log') }));
    }
    for (const node of nodes) stack.defer(() => node.kill());
    const cluster = new HostedZooKeeper(hosts, nodes, stack);
    for (const node of nodes) await node.start();
    await cluster.ready();
    return new HostedZooKeeper(hosts, nodes, stack.move());
  }

  /** Resolves when every node leads or follows. */
  async ready(): Promise<void> {
    const dead = () => this.#nodes.find((node) => node.crashed)?.logTail();
    for (const i of this.#nodes.keys()) {
      await until(`node ${i} serves ${dead() ?? ''}`, async () => (await this.#mode(i)) !== undefined, SERVES_WITHIN);
    }
  }

  /** The index of the node that the others follow. */
  async leaderIndex(): Promise<number> {
    return await until('one leader', async () => {
      const modes = await Promise.all(this.#nodes.map((_, i) => this.#mode(i)));
      const found = modes.flatMap((mode, i) => (mode === 'leader' ? [i] : []));
      return found.length === 1 && found[0];
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#held.disposeAsync();
  }

  async #mode(index: number): Promise<string | undefined> {
    try {
      const answer = await fourLetterWord(this.hosts.clientAddress(index), CLIENTS, 'srvr');
      return /^Mode: (\w+)$/m.exec(answer)?.[1];
    } catch {
      return undefined;
    }
  }
}
