import { setTimeout as sleep } from 'node:timers/promises';
import { type Heal, healing } from '@tenure/conformance';
import { type Ground, mend } from '../ground/index.ts';
import type { FaultName } from './catalogue.ts';
import type { Party } from './party.ts';

/** One fault of the standard set, as it comes upon all parties of a contest at one time. */
export interface FaultClass {
  /** It is of the servers, and needs three. */
  readonly three?: true;
  /** The holder loses its office by it: the contest waits for a successor. */
  readonly deposes: boolean;
  /** The holder knows one server only, one that does not lead. */
  readonly local?: true;
  inflict(parties: readonly Party[], ground: Ground): Promise<Heal>;
}

/** How long what is fatal to a lease lasts, in ttl. */
const LASTS = 3;
/**
 * Of the slow line, each way, in retryTimeouts: an operation of two round trips, as a write on ZooKeeper is, takes half of the time
 * that it is given.
 */
const DELAY = 1 / 8;

export const faultClasses: Readonly<Record<FaultName, FaultClass>> = {
  cut: onLine('cut', true),
  // The server hears the holder, and keeps its session for as long as it says something.
  mute: onLine('mute', true),
  freeze: onLine('freeze', true),
  delay: onLine('delay', false),
  stop: {
    deposes: true,
    inflict: ofEach(async ({ holder: { process } }) => {
      process.stop();
      return healing(() => process.go());
    }),
  },
  stall: {
    deposes: true,
    inflict: ofEach(async ({ holder: { process } }, { profile }) => {
      const stalled = process.order({ type: 'stall', ms: LASTS * profile.ttl });
      return healing(async () => void (await stalled));
    }),
  },
  kill: {
    deposes: true,
    inflict: ofEach(async ({ holder: { process } }) => {
      await process.kill();
      return healing(() => undefined);
    }),
  },
  suspend: {
    deposes: true,
    inflict: ofEach(async ({ holder: { process } }, { profile }) => {
      const ms = LASTS * profile.ttl;
      await process.order({ type: 'suspend', ms });
      process.stop();
      const woken = sleep(ms).then(() => process.go());
      return healing(() => woken);
    }),
  },
  revoke: byHand(async ({ administrator }) => await administrator.revokeSession()),
  delete: byHand(async ({ administrator }) => await administrator.deleteLeader()),
  'leader killed': onLeader(async (ground, index) => {
    const node = nodeOf(ground, index);
    await node.kill();
    return healing(async () => await mend(node));
  }),
  'leader frozen': onLeader(async (ground, index) => {
    const node = nodeOf(ground, index);
    await node.freeze();
    return healing(async () => {
      // Consul's leader would for minutes end what ran out while it slept (docs/adapters/consul.md): it is started anew, as that page says.
      if (ground.store === 'consul') await node.kill();
      await mend(node);
    });
  }),
  'leader cut': onLeader(async (ground, index) => await cutOff(ground, index)),
  'follower cut': {
    ...{ three: true, deposes: true, local: true },
    inflict: async (parties, ground) => await cutOff(ground, parties[0]?.holder.node ?? 0),
  },
};

function onLine(fault: 'cut' | 'mute' | 'freeze' | 'delay', deposes: boolean): FaultClass {
  return {
    deposes,
    inflict: ofEach(async ({ holder }, { profile }) => await holder.line.suffer(fault, DELAY * profile.retryTimeout)),
  };
}

function byHand(errand: (party: Party) => Promise<void>): FaultClass {
  return {
    deposes: true,
    inflict: ofEach(async (party) => {
      await errand(party);
      return healing(() => undefined);
    }),
  };
}

function onLeader(inflict: (ground: Ground, index: number) => Promise<Heal>): FaultClass {
  return {
    ...{ three: true, deposes: false },
    inflict: async (_, ground) => {
      const index = await ground.leaderIndex(LEADER_WITHIN);
      if (index === undefined) throw new Error(`${ground.store} has no leader`);
      return await inflict(ground, index);
    },
  };
}

/** Milliseconds. */
const LEADER_WITHIN = 30_000;

function ofEach(inflict: (party: Party, ground: Ground) => Promise<Heal>): FaultClass['inflict'] {
  return async (parties, ground) => {
    const heals = await Promise.all(parties.map((party) => inflict(party, ground)));
    return healing(async () => void (await Promise.all(heals.map((heal) => heal()))));
  };
}

async function cutOff({ servers }: Ground, index: number): Promise<Heal> {
  const hosts = servers?.hosts;
  if (hosts === undefined) throw new TypeError('the servers have no hosts');
  await hosts.cut(index);
  return healing(async () => await hosts.heal(index));
}

function nodeOf({ servers }: Ground, index: number) {
  const node = servers?.cluster.nodes[index];
  if (node === undefined) throw new TypeError(`there is no server ${index}`);
  return node;
}
