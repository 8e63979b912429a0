import { setTimeout as sleep } from 'node:timers/promises';
import { check, type HistoryEvent } from '@tenure/conformance';
import { hostNow } from '../../clients/host-now.ts';
import type { KindName } from '../client/index.ts';
import type { Ground } from '../ground/index.ts';
import { between, seeded } from '../random.ts';
import { clientsOn, type FaultName } from './catalogue.ts';
import { faultClasses } from './faults.ts';
import { HOLDER, Party } from './party.ts';
import { takeoversIn, windowIn } from './reigns.ts';
import type { Result } from './results.ts';

/** Of a fault, in ttl: at the least, and until the rival must have taken over. After it a holder may act on late news. */
const LEAST = 3;
const MOST = 6;
const AFTERWARDS = 1.5;

export interface ContestOptions {
  readonly fault: FaultName;
  /** From 1. */
  readonly run: number;
  /** Where histories are written. */
  readonly folder: string;
}

export interface Contest {
  readonly result: Result;
  readonly history: readonly HistoryEvent[];
}

/** Who competes in a fault on a store: client-go's algorithm has no session that could be revoked. */
function competitorsIn(fault: FaultName, store: Ground['store']): readonly KindName[] {
  const all = clientsOn[store];
  return fault === 'revoke' ? all.filter((kind) => !kind.startsWith('leader-election')) : all;
}

/** Every client of a store suffers one fault at one time, each in a scope of its own. In the order of the catalogue. */
export async function contest(ground: Ground, { fault, run, folder }: ContestOptions): Promise<Contest[]> {
  await using cleanup = new AsyncDisposableStack();
  const { store, profile } = ground;
  const seed = `${store}/${fault}/${run}`;
  const { deposes, three, local, inflict } = faultClasses[fault];
  const nodes = await nodesFor(ground, local ?? false);
  const opening = competitorsIn(fault, store).map(async (kind) => {
    const scope = `${fault.replaceAll(' ', '-')}-${run}-${kind}`;
    return cleanup.use(await Party.open(ground, { kind, scope, seed, folder, nodes }));
  });
  const opened = await Promise.allSettled(opening);
  for (const party of opened) if (party.status === 'rejected') throw party.reason;
  const parties = opened.flatMap((party) => (party.status === 'fulfilled' ? [party.value] : []));
  // Anywhere between two renewals.
  await sleep(between(seeded(seed), 0.5, 1) * profile.ttl);

  const began = hostNow();
  const target = three && !local ? undefined : HOLDER;
  for (const party of parties) party.tell('begin', fault, target);
  const heal = await inflict(parties, ground);
  const isSettled = () => {
    const successions = parties.map((party) => party.successionAt());
    return !deposes || successions.every((at) => at !== undefined && hostNow() > at + profile.ttl);
  };
  const longest = MOST * profile.ttl + profile.grace;
  while (hostNow() < began + LEAST * profile.ttl || (!isSettled() && hostNow() < began + longest))
    await sleep(profile.ttl / 20);
  await heal();
  for (const party of parties) party.tell('end', fault, target);
  await sleep(AFTERWARDS * profile.ttl);

  return await Promise.all(
    parties.map(async (party) => {
      const history = await party.end();
      const report = check(history);
      const { kind: client } = party;
      const figures = {
        ...report.figures,
        twoLeaderWindow: windowIn(history),
        // The server of client-go's algorithm lets nothing go: whoever waits takes the record over.
        takeovers: client.startsWith('leader-election') ? [] : takeoversIn(history),
      };
      const { violations } = report;
      return { history, result: { store, fault, client, run, seed, ttl: profile.ttl, figures, violations } };
    }),
  );
}

/** What does not lead comes first, another for the holder than for the rival: the loss of the leader costs nobody his own server. */
async function nodesFor(ground: Ground, local: boolean) {
  if (ground.nodes === 1) return { holder: [0], rival: [0] };
  const leader = (await ground.leaderIndex(LEADER_WITHIN)) ?? 0;
  const [first, second] = [(leader + 1) % 3, (leader + 2) % 3];
  return { holder: local ? [first] : [first, second, leader], rival: [second, first, leader] };
}

/** Milliseconds. */
const LEADER_WITHIN = 30_000;
