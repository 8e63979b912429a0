import type { Case, Cost } from './case.ts';

export interface Result {
  readonly title: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** Milliseconds; 0 for a skipped case. */
  readonly duration: number;
  /** Why it was skipped. */
  readonly reason?: string;
  /** What a failed case threw. */
  readonly error?: unknown;
}

export interface Summary {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly failures: readonly Result[];
}

export interface RunOptions {
  /** Cases at a time of those that work. Default 16. Those that mostly wait run beside them, 64 at a time. */
  readonly concurrency?: number;
  /** Called as each case settles, in that order. */
  readonly onResult?: (result: Result) => void;
  /** On abort no further case starts; those that run are finished, and the summary counts what ran. */
  readonly signal?: AbortSignal;
}

/** Of the cases that mostly wait. All of this suite, so that a long ttl is waited for once or twice and not batch after batch. */
const WAITING = 64;

/** Runs cases without a test runner. Never rejects for a failed case. */
export async function runSuite(cases: Iterable<Case>, options: RunOptions = {}): Promise<Summary> {
  const { concurrency = 16, onResult, signal } = options;
  if (!Number.isInteger(concurrency) || concurrency < 1) {
    throw new RangeError(`concurrency: ${concurrency} is not a whole number from 1`);
  }
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const failures: Result[] = [];
  const all = [...cases];
  const run = async (cost: Cost, atATime: number) => {
    const queue = all.filter((one) => one.cost === cost).values();
    await Promise.all(Array.from({ length: atATime }, () => worker(queue)));
  };
  const worker = async (queue: Iterator<Case>) => {
    while (signal?.aborted !== true) {
      const next = queue.next();
      if (next.done === true) return;
      const result = await runCase(next.value);
      counts[result.outcome]++;
      if (result.outcome === 'failed') failures.push(result);
      onResult?.(result);
    }
  };
  await Promise.all([run('wait', WAITING), run('work', concurrency)]);
  return { ...counts, failures };
}

export async function runCase({ title, skip, run }: Case): Promise<Result> {
  if (skip !== false) return { title, outcome: 'skipped', duration: 0, reason: skip };
  const started = performance.now();
  try {
    await run();
    return { title, outcome: 'passed', duration: performance.now() - started };
  } catch (error) {
    return { title, outcome: 'failed', duration: performance.now() - started, error };
  }
}
