import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openGround } from '../ground/index.ts';
import { type FaultName, faultNames, type StoreName } from './catalogue.ts';
import { type Contest, contest } from './contest.ts';
import { faultClasses } from './faults.ts';

/** Contests that go on at one time: of each there are up to six processes, which mostly wait. */
const AT_A_TIME = 3;

export interface StandardSetOptions {
  readonly stores: readonly StoreName[];
  readonly faults: readonly FaultName[];
  /** Of each fault on each store. */
  readonly runs: number;
  /** Where histories are written. */
  readonly folder: string;
  /** Each contest as it ends. */
  tell(contests: readonly Contest[]): void;
}

/** Every store on its own servers, one contest after the other; the stores at one time. */
export async function standardSet(options: StandardSetOptions): Promise<void> {
  const turns = new Turns(AT_A_TIME);
  // The hosts of a process have their addresses to themselves.
  const hosts = new Turns(1);
  const lanes = options.stores.map(async (store) => {
    const single = () => part(options, store, 1, turns);
    const three = () => hosts.take(() => part(options, store, 3, turns));
    // Consul takes longest and begins with what has to wait for others.
    const parts = store === 'consul' ? [three, single] : [single, three];
    for (const it of parts) await it();
  });
  await Promise.all(lanes);
}

/** The faults that need as many nodes. */
async function part(
  { faults, runs, folder, tell }: StandardSetOptions,
  store: StoreName,
  nodes: 1 | 3,
  turns: Turns,
): Promise<void> {
  const its = faultNames.filter((fault) => {
    const { three = false } = faultClasses[fault];
    return faults.includes(fault) && three === (nodes === 3) && !(three && store === 'embedded');
  });
  if (its.length === 0) return;
  const histories = join(folder, `${store}-${nodes}`);
  mkdirSync(histories);
  await using ground = await openGround({ store, nodes });
  for (const fault of its) {
    for (let run = 1; run <= runs; run += 1) {
      await ground.servers?.cluster.ready(READY_WITHIN);
      tell(await turns.take(() => contest(ground, { fault, run, folder: histories })));
    }
  }
}

/** Milliseconds after a fault: Consul needs 20 s for its raft to back off and its gossip to find its way. */
const READY_WITHIN = 90_000;

/** So many at a time; the others wait in order. */
class Turns {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(most: number) {
    this.#free = most;
  }

  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}
