import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type Heal, healing } from '@tenure/conformance';
import type { ServerNode } from '../../../servers/node.ts';
import { between, pick, type Random } from '../../random.ts';
import { together } from '../line.ts';
import type { Fault, Stage } from './fault.ts';

const run = promisify(execFile);
const NONE = { embedded: 'there is no server' } as const;

/** What befalls the processes of servers. One that ended by itself is started again with every heal. */
export const servers: readonly Fault[] = [
  onServer('kill server', anyServer, kill),
  onServer('kill leader', leader, kill),
  {
    ...{ name: 'kill all servers', area: 'server', absent: NONE, three: true },
    inflict: async (stage) => ({ heal: together(await Promise.all(nodesOf(stage).map((node) => kill(node)))) }),
  },
  onServer('stop server', anyServer, stop),
  onServer('stop leader', leader, stop),
  {
    ...{ name: 'stop all servers', area: 'server', absent: NONE, three: true },
    inflict: async (stage) => ({ heal: together(await Promise.all(nodesOf(stage).map((node) => stop(node, stage)))) }),
  },
  // What a slow disk does to a server, without the disk: it stands still again and again for a moment. This kernel has no way to
  // slow the disk of one process that needs no block device of its own.
  onServer('stuttering server', anyServer, stutter),
  onServer('stuttering leader', leader, stutter),
  onServer('full disk of server', anyServer, fill),
  onServer('full disk of leader', leader, fill),
];

/** Every server runs that should. */
export async function mend(node: ServerNode): Promise<void> {
  if (node.frozen) node.thaw();
  if (!node.alive) await node.restart();
}

async function kill(node: ServerNode): Promise<Heal> {
  await node.kill();
  return healing(async () => await mend(node));
}

/**
 * Consul's leader, when it stood still for longer than a session lasts, tries on waking to end what ran out while it slept, for
 * minutes, whoever renewed it since (docs/adapters/consul.md, "What Consul itself does not keep"): it is started anew, as
 * that page says.
 */
async function stop(node: ServerNode, { ground, ttl }: Stage): Promise<Heal> {
  const since = performance.now();
  await node.freeze();
  return healing(async () => {
    if (ground.store === 'consul' && performance.now() - since > ttl / 2) await node.kill();
    await mend(node);
  });
}

async function stutter(node: ServerNode, _: Stage, random: Random): Promise<Heal> {
  const healed = new AbortController();
  const pause = (ms: number) => sleep(ms, undefined, { signal: healed.signal }).catch(() => undefined);
  const beat = async () => {
    while (!healed.signal.aborted && node.alive) {
      await node.freeze();
      await pause(between(random, 20, 200));
      node.thaw();
      await pause(between(random, 10, 100));
    }
  };
  const beating = beat();
  return healing(async () => {
    healed.abort();
    await beating;
    await mend(node);
  });
}

/** No file of it may grow or be written at all: EFBIG from each write, to the server what ENOSPC is. Most end by it. */
async function fill(node: ServerNode): Promise<Heal> {
  await run('prlimit', ['--pid', String(node.pid), '--fsize=1:1']).catch(() => undefined);
  return healing(async () => {
    await node.kill();
    await mend(node);
  });
}

function onServer(
  name: string,
  choose: (stage: Stage, random: Random) => Promise<ServerNode>,
  inflict: (node: ServerNode, stage: Stage, random: Random) => Promise<Heal>,
): Fault {
  return {
    ...{ name, area: 'server', absent: NONE },
    inflict: async (stage, random) => {
      const node = await choose(stage, random);
      return { target: node.name, heal: await inflict(node, stage, random) };
    },
  };
}

export function nodesOf({ ground }: Stage): readonly ServerNode[] {
  return ground.servers?.cluster.nodes ?? [];
}

async function anyServer(stage: Stage, random: Random): Promise<ServerNode> {
  return pick(random, nodesOf(stage));
}

/** Any server while none says that it leads. */
async function leader(stage: Stage, random: Random): Promise<ServerNode> {
  const index = await stage.ground.leaderIndex();
  return nodesOf(stage)[index ?? -1] ?? pick(random, nodesOf(stage));
}
