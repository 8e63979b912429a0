import type { Case } from './case.ts';

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
  /** Cases that run at a time. Default 16. */
  readonly concurrency?: number;
  /** Called as each case settles, in that order. */
  readonly onResult?: (result: Result) => void;
  /** On abort no further case starts; those that run are finished, and the summary counts what ran. */
  readonly signal?: AbortSignal;
}

/** Runs cases without a test runner. Never rejects for a failed case. */
export async function runSuite(cases: Iterable<Case>, options: RunOptions = {}): Promise<Summary> {
  const { concurrency = 16, onResult, signal } = options;
  if (!Number.isInteger(concurrency) || concurrency < 1) {
    throw new RangeError(`concurrency: ${concurrency} is not a whole number from 1`);
  }
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const failures: Result[] = [];
  const queue = cases[Symbol.iterator]();
  const worker = async () => {
    while (signal?.aborted !== true) {
      const next = queue.next();
      if (next.done === true) return;
      const result = await runCase(next.value);
      counts[result.outcome]++;
      if (result.outcome === 'failed') failures.push(result);
      onResult?.(result);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
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
