import { setTimeout as sleep } from 'node:timers/promises';
import { type Heal, healing } from '@tenure/conformance';
import type { Hosts } from '../../../faults/netns.ts';
import { between, pick, type Random } from '../../random.ts';
import { ProxyLine, together } from '../line.ts';
import type { Fault, Stage } from './fault.ts';
import { victim } from './lines.ts';

/** What befalls the network between servers, in silence: links stay up. */
export const networks: readonly Fault[] = [
  onHost('partitioned leader', leader, (hosts, index) => cut(hosts, index)),
  onHost('partitioned follower', follower, (hosts, index) => cut(hosts, index)),
  onHost('partitioned follower with a client', follower, withClient),
  onHost('partitioned leader with a client', leader, withClient),
  onHost('one way: unheard leader', leader, (hosts, index) => unheard(hosts, index)),
  onHost('one way: deaf leader', leader, (hosts, index) => deaf(hosts, index)),
  onHost('one way: unheard follower', follower, (hosts, index) => unheard(hosts, index)),
  onHost('one way: deaf follower', follower, (hosts, index) => deaf(hosts, index)),
  onHost('flapping leader', leader, flap),
  onHost('flapping follower', follower, flap),
  // A fifth of the time the packets of one host are lost: this kernel has no queue that drops them by lot.
  onHost('lossy server', anyHost, async (hosts, index) => healing(hosts.lose(index, 30, 120))),
  {
    ...{ name: 'every server alone', area: 'network', absent: { embedded: 'there is no server' }, three: true },
    inflict: async (stage) => {
      const hosts = hostsOf(stage);
      return { heal: together(await Promise.all([0, 1, 2].map((index) => cut(hosts, index)))) };
    },
  },
];

async function cut(hosts: Hosts, index: number): Promise<Heal> {
  await hosts.cut(index);
  return healing(async () => await hosts.heal(index));
}

/** The client reaches this server only. */
async function withClient(hosts: Hosts, index: number, stage: Stage, random: Random): Promise<Heal> {
  const { line } = victim(stage, random);
  if (!(line instanceof ProxyLine)) throw new TypeError('the line has no proxies');
  return together([line.only(index), await cut(hosts, index)]);
}

async function unheard(hosts: Hosts, index: number): Promise<Heal> {
  const others = [0, 1, 2].filter((other) => other !== index);
  for (const other of others) await hosts.muffle(index, other);
  return healing(async () => {
    for (const other of others) await hosts.unmuffle(index, other);
  });
}

async function deaf(hosts: Hosts, index: number): Promise<Heal> {
  const others = [0, 1, 2].filter((other) => other !== index);
  for (const other of others) await hosts.muffle(other, index);
  return healing(async () => {
    for (const other of others) await hosts.unmuffle(other, index);
  });
}

async function flap(hosts: Hosts, index: number, { ttl }: Stage, random: Random): Promise<Heal> {
  const healed = new AbortController();
  const pause = (ms: number) => sleep(ms, undefined, { signal: healed.signal }).catch(() => undefined);
  const beat = async () => {
    while (!healed.signal.aborted) {
      await hosts.cut(index);
      await pause(between(random, 0.1, 0.7) * ttl);
      await hosts.heal(index);
      await pause(between(random, 0.1, 0.5) * ttl);
    }
  };
  const beating = beat();
  return healing(async () => {
    healed.abort();
    await beating;
  });
}

type Choose = (stage: Stage, random: Random) => Promise<number>;

function onHost(
  name: string,
  choose: Choose,
  inflict: (hosts: Hosts, index: number, stage: Stage, random: Random) => Promise<Heal>,
): Fault {
  return {
    ...{ name, area: 'network', absent: { embedded: 'there is no server' }, three: true },
    inflict: async (stage, random) => {
      const index = await choose(stage, random);
      return { target: `n${index + 1}`, heal: await inflict(hostsOf(stage), index, stage, random) };
    },
  };
}

function hostsOf({ ground }: Stage): Hosts {
  const hosts = ground.servers?.hosts;
  if (hosts === undefined) throw new TypeError('the servers have no hosts');
  return hosts;
}

async function anyHost(_: Stage, random: Random): Promise<number> {
  return pick(random, [0, 1, 2]);
}

/** Any host while no server says that it leads. */
async function leader({ ground }: Stage, random: Random): Promise<number> {
  return (await ground.leaderIndex()) ?? pick(random, [0, 1, 2]);
}

async function follower(stage: Stage, random: Random): Promise<number> {
  return ((await leader(stage, random)) + pick(random, [1, 2])) % 3;
}
