import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hostNow, Journal } from '../client/index.ts';
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
import { Memory } from './memory.ts';
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
  /** How often each fault began. */
  readonly faults: ReadonlyMap<string, number>;
  readonly memory: ReturnType<Memory['growth']>;
}

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
  const within = leaderWithin(profile);
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
  await pause(within, signal);
  const plan = planOf(seed, faultsOf(ground), { ttl, leaderWithin: within });
  await nemesis.run(plan, hostNow() + lasts, signal);
  await pause(within, signal);
  signal.throwIfAborted();
  for (const { process } of rivals) await process.order({ type: 'calm' });
  // The last writes come to their end, and every watch hears of them.
  await pause(retryTimeout + within + staleAfter(profile), signal);
  await Promise.all(rivals.map(({ process }) => process.windUp()));
  return { faults: nemesis.counts, memory: memory.growth() };
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
