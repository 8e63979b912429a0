import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ServerCluster, started } from '../servers/cluster.ts';
import { temporaryFolder } from '../servers/folder.ts';
import type { ServerNode } from '../servers/node.ts';
import { Hosts } from './netns.ts';

/** Milliseconds: after a heal several rounds of an election may pass. */
const LEADS_WITHIN = 30_000;

/** A server on each of three hosts, with a network between them that can be cut. */
export class HostedCluster extends ServerCluster<ServerNode> {
  readonly hosts: Hosts;

  constructor(
    store: string,
    startWithin: number,
    hosts: Hosts,
    nodes: readonly ServerNode[],
    held: AsyncDisposableStack,
  ) {
    super(store, startWithin, { nodes, certs: undefined, held });
    this.hosts = hosts;
  }

  override async leaderIndex(timeout = LEADS_WITHIN): Promise<number> {
    return await super.leaderIndex(timeout);
  }
}

/** What one server is made of: its number from 0, and a folder of its own. */
export type MakeNode = (hosts: Hosts, index: number, cwd: string) => ServerNode | Promise<ServerNode>;

/** Starts three servers on hosts of their own; resolves when all serve, at most `startWithin` milliseconds later. */
export async function onHosts(store: string, startWithin: number, make: MakeNode): Promise<HostedCluster> {
  const prepare = async () => {
    await using stack = new AsyncDisposableStack();
    const folder = stack.adopt(await temporaryFolder('tenure-netns-'), (it) => it.remove());
    const hosts = stack.use(await Hosts.open(3));
    const nodes: ServerNode[] = [];
    for (const index of [0, 1, 2]) {
      const cwd = join(folder.path, `n${index + 1}`);
      mkdirSync(cwd);
      nodes.push(await make(hosts, index, cwd));
    }
    return new HostedCluster(store, startWithin, hosts, nodes, stack.move());
  };
  return await started(prepare);
}
