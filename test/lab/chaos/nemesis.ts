import { setTimeout as sleep } from 'node:timers/promises';
import { hostNow } from '../../clients/host-now.ts';
import type { Journal } from '../client/index.ts';
import { type Fault, faults, mend, type Stage } from '../ground/index.ts';
import { seeded } from '../random.ts';
import type { PlannedFault, Step } from './plan.ts';

/** Inflicts what was planned, and heals it. */
export class Nemesis {
  readonly #stage: Stage;
  readonly #journal: Journal;
  readonly #tell: (line: string) => void;
  /** How often each fault was inflicted. */
  readonly counts = new Map<string, number>();
  #id = 0;

  constructor(stage: Stage, journal: Journal, tell: (line: string) => void) {
    this.#stage = stage;
    this.#journal = journal;
    this.#tell = tell;
  }

  /** Steps begin until `until`, on `hostNow`. Resolves when all is healed, also on abort. */
  async run(plan: Iterator<Step, never>, until: number, signal: AbortSignal): Promise<void> {
    while (hostNow() < until && !signal.aborted) {
      const { faults: planned, rest } = plan.next().value;
      await Promise.all(planned.map((fault) => this.#suffer(fault, signal)));
      for (const node of this.#stage.ground.servers?.cluster.nodes ?? []) {
        if (node.crashed) this.#tell(`${node.name} had ended by itself`);
        await mend(node);
      }
      await pause(rest, signal);
    }
  }

  async #suffer({ name, after, lasts, seed }: PlannedFault, signal: AbortSignal): Promise<void> {
    await pause(after, signal);
    if (signal.aborted) return;
    const fault = faults.find((each) => each.name === name) as Fault;
    const id = ++this.#id;
    this.#journal.append({ at: hostNow(), type: 'fault', id, phase: 'begin', fault: name });
    try {
      const { target, heal } = await fault.inflict(this.#stage, seeded(seed));
      this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
      this.#tell(`${name}${target === undefined ? '' : ` (${target})`}, ${(lasts / 1000).toFixed(1)} s`);
      await pause(lasts, signal);
      await heal();
    } catch (error) {
      // Its client was killed by the other fault of the step; anything else is a fault of this laboratory.
      if (this.#stage.rivals.every(({ process }) => process.alive)) throw error;
      this.#tell(`${name}: ${String(error)}`);
    }
    this.#journal.append({ at: hostNow(), type: 'fault', id, phase: 'end', fault: name });
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
