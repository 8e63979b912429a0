import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Schedule } from '@tenure/conformance';
import type { BatchOrder, BatchResult } from './batch.ts';
import type { Tally } from './tally.ts';

/**
 * Histories of one process. A client that is killed in a history never comes to the end of its waits, and the runtime keeps
 * their signals for as long as the process lives (Node: a signal of `AbortSignal.any` that somebody listens to).
 */
const BATCH = 4000;

/** Megabytes: a history's garbage dies young, and is collected the cheaper the more of it there is. */
const YOUNG = ['--min-semi-space-size=64', '--max-semi-space-size=64'];

export interface BatchesOptions {
  readonly first: number;
  /** How many histories; may be infinite when there is an `endsAt`. */
  readonly count: number;
  /** Milliseconds since 1970. */
  readonly endsAt?: number;
  /** Processes at one time. */
  readonly jobs: number;
  readonly tally: Tally;
  /** Called after each batch. */
  readonly progress: () => void;
}

/** The schedule of the first history that broke the contract, if one did. It ends the others. */
export async function simulateAll(options: BatchesOptions): Promise<Schedule | undefined> {
  const { first, count, endsAt, jobs, tally, progress } = options;
  const failed = new AbortController();
  let broken: Schedule | undefined;
  let next = 0;
  const over = () => failed.signal.aborted || next >= count || (endsAt !== undefined && Date.now() >= endsAt);
  const work = async () => {
    while (!over()) {
      const size = Math.min(BATCH, count - next);
      const order = { first: first + next, count: size, ...(endsAt !== undefined && { endsAt }) };
      next += size;
      const result = await batch(order, failed.signal);
      if (result === undefined) return;
      tally.merge(result.amounts);
      progress();
      if (result.broken === undefined) continue;
      broken ??= result.broken;
      failed.abort();
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  return broken;
}

/** `undefined` when `signal` ended it. @throws Error when the process ends without a result */
async function batch(order: BatchOrder, signal: AbortSignal): Promise<BatchResult | undefined> {
  const child = fork(fileURLToPath(new URL('batch.ts', import.meta.url)), [JSON.stringify(order)], {
    execArgv: ['--disable-warning=ExperimentalWarning', ...YOUNG],
  });
  const end = () => child.kill('SIGKILL');
  signal.addEventListener('abort', end, { once: true });
  let result: BatchResult | undefined;
  child.on('message', (message: BatchResult) => {
    result = message;
  });
  const [code, killer] = await once(child, 'exit');
  signal.removeEventListener('abort', end);
  if (result === undefined && !signal.aborted) {
    throw new Error(
      `the process of seeds ${order.first} to ${order.first + order.count - 1} ended with ${killer ?? code}`,
    );
  }
  return result;
}
