import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Rule } from '@tenure/conformance';
import type { Mutant } from './mutant.ts';

/** What a child process is to do: from each of these seeds on, so many histories at most. */
export interface TrialOrder {
  readonly seeds: readonly number[];
  readonly limit: number;
}

/** What became of one seed. */
export interface Trial {
  readonly seed: number;
  /** Histories until the first violation, that one included; or the limit. */
  readonly histories: number;
  /** The rule that the first violation breaks; absent when there was none. */
  readonly killer?: Rule;
  readonly message?: string;
}

/** Milliseconds that one history may take on a busy machine, and a process to start on it. */
const HISTORY_WITHIN = 200;
const START_WITHIN = 30_000;

/**
 * Simulates histories in a process of its own, on core with the mutant in it, or on sound core without one.
 * @throws Error when the process ends, or is ended for being late, without an answer for every seed
 */
export async function attempt(mutant: Mutant | undefined, order: TrialOrder): Promise<readonly Trial[]> {
  const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));
  const hook = mutant === undefined ? [] : ['--import', here('hook.ts')];
  const child = fork(here('child.ts'), [JSON.stringify(order)], {
    execArgv: ['--disable-warning=ExperimentalWarning', ...hook],
    env: { ...process.env, ...(mutant && { TENURE_MUTANT: mutant.name }) },
    timeout: START_WITHIN + order.seeds.length * order.limit * HISTORY_WITHIN,
    killSignal: 'SIGKILL',
  });
  const trials: Trial[] = [];
  child.on('message', (trial: Trial) => trials.push(trial));
  const [code, signal] = await once(child, 'exit');
  if (trials.length !== order.seeds.length) {
    throw new Error(
      `${mutant?.name ?? 'sound core'}: the process ended with ${signal ?? code} after ${trials.length} seeds`,
    );
  }
  return trials;
}

/** `work` on each of `items`, two at a time. */
export async function inPairs<T>(items: Iterable<T>, work: (item: T) => Promise<void>): Promise<void> {
  const queue = items[Symbol.iterator]();
  const worker = async () => {
    for (let next = queue.next(); next.done !== true; next = queue.next()) await work(next.value);
  };
  await Promise.all([worker(), worker()]);
}
