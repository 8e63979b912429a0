import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hostNow } from '../../clients/host-now.ts';
import { Journal } from '../client/index.ts';
import {
  faultsOf,
  type GroundOptions,
  leaderWithin,
  openGround,
  Rival,
  type Stage,
  staleAfter,
  Witness,
} from '../ground/index.ts';
import { type Growth, Memory } from './memory.ts';
import { Nemesis } from './nemesis.ts';
import { planOf } from './plan.ts';

export interface ChaosOptions extends GroundOptions {
  readonly seed: string;
  /** Of faults; milliseconds. */
  readonly lasts: number;
  /** The folder of the history's files, which is there. */
  readonly folder: string;
  readonly signal: AbortSignal;
  tell(line: string): void;
}

export interface ChaosResult {
  /** How often each fault was inflicted. */
  readonly faults: ReadonlyMap<string, number>;
  readonly memory: Growth | undefined;
}

/** Milliseconds for three processes to start and one to take office on a machine that other runs load too. */
const START_WITHIN = 60_000;
/** Milliseconds in which each client looks at its latest view, and more. */
const LOOKED_AT = 1000;
const SCOPE = 'chaos';
const NAMES = ['a', 'b', 'c'];

/** Clients compete while the store and they suffer what the seed says; then all is healed, and they wind up. */
export async function chaos(options: ChaosOptions): Promise<ChaosResult> {
  const { store, nodes, seed, lasts, folder, signal, tell } = options;
  await using cleanup = new AsyncDisposableStack();
  const journal = (name: string) => cleanup.use(new Journal(join(folder, `${name}.jsonl`)));
  const ground = cleanup.use(await openGround({ store, nodes }));
  const { profile } = ground;
  const { ttl, loopWait, retryTimeout, grace } = profile;
  const within = leaderWithin(profile, nodes);
  const nemesisJournal = journal('nemesis');
  nemesisJournal.append({
    ...{ at: hostNow(), type: 'run', store, client: 'tenure', seed, ttl, grace },
    ...{ staleAfter: staleAfter(profile), leaderWithin: within },
  });
  const witness = cleanup.use(new Witness(await ground.connect(), SCOPE, journal('witness')));
  let lives = 0;
  const rivals: Rival[] = [];
  for (const name of NAMES) {
    const timing = { ttl, loopWait, retryTimeout };
    const history = join(folder, `${name}.jsonl`);
    const spec = { kind: 'tenure', scope: SCOPE, name, history, ...timing } as const;
    rivals.push(cleanup.use(await Rival.open(ground, spec, () => ++lives)));
  }
  const [first] = rivals as [Rival];
  const memory = cleanup.use(new Memory(first));
  const stage: Stage = {
    ...{ ground, rivals, ttl },
    administrator: ground.administrator(SCOPE, nemesisJournal),
    leader: () => witness.leader,
  };
  const began = hostNow();
  const nemesis = new Nemesis(stage, nemesisJournal, (line) => {
    const count = [...nemesis.counts.values()].reduce((sum, each) => sum + each, 0);
    const clock = new Date(hostNow() - began).toISOString().slice(11, 19);
    tell(`${clock}  fault ${count}  term ${witness.epoch} ${witness.leader ?? 'nobody'}  ${line}`);
  });
  await elected(witness, signal);
  const plan = planOf(seed, faultsOf(ground), { ttl, leaderWithin: within });
  await nemesis.run(plan, hostNow() + lasts, signal);
  signal.throwIfAborted();
  for (const { process } of rivals) await process.order({ type: 'calm' });
  // Somebody leads again, the last writes come to their end, and every watch hears of them and is looked at.
  await pause(retryTimeout + within + staleAfter(profile) + LOOKED_AT, signal);
  await Promise.all(rivals.map(({ process }) => process.windUp()));
  return { faults: nemesis.counts, memory: memory.growth() };
}

/** @throws Error when nobody is, on a store that nothing ails */
async function elected(witness: Witness, signal: AbortSignal): Promise<void> {
  const until = hostNow() + START_WITHIN;
  while (witness.leader === undefined && !signal.aborted) {
    if (hostNow() > until) throw new Error(`nobody was elected within ${START_WITHIN} ms, and no fault was on`);
    await pause(20, signal);
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
