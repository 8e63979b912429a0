import type { Harness } from './harness.ts';
import { commitMutants } from './mutants/commits.ts';
import { type Mutant, mutate } from './mutants/mutant.ts';
import { readMutants } from './mutants/reads.ts';
import { renewalMutants } from './mutants/renewals.ts';
import { sessionMutants } from './mutants/sessions.ts';
import { watchMutants } from './mutants/watches.ts';
import { runSuite } from './run.ts';
import { storeConformance } from './suite.ts';

export const mutants: readonly Mutant[] = [
  ...commitMutants,
  ...sessionMutants,
  ...renewalMutants,
  ...readMutants,
  ...watchMutants,
];

export interface Verdict {
  readonly mutant: string;
  /** The case that failed first; undefined when the mutant passed the whole suite, which is a fault of the suite. */
  readonly killer: string | undefined;
  /** What that case threw. */
  readonly error?: unknown;
}

/** Runs the store cases against each mutant of a sound harness, until its first failing case. `harness` makes a fresh server. */
export async function* runMutants(harness: () => Harness, among = mutants): AsyncIterable<Verdict> {
  const pending = new Set<Promise<Verdict>>();
  const queue = among.values();
  // So many at a time: their cases mostly wait.
  for (;;) {
    while (pending.size < 12) {
      const next = queue.next();
      if (next.done === true) break;
      const run: Promise<Verdict> = judge(harness(), next.value);
      pending.add(run);
    }
    if (pending.size === 0) return;
    const [settled, verdict] = await Promise.race([...pending].map(async (run) => [run, await run] as const));
    pending.delete(settled);
    yield verdict;
  }
}

async function judge(harness: Harness, mutant: Mutant): Promise<Verdict> {
  const killed = new AbortController();
  const cases = storeConformance(mutate(harness, mutant));
  const { failures } = await runSuite(cases, {
    signal: killed.signal,
    onResult: ({ outcome }) => outcome === 'failed' && killed.abort(),
  });
  const first = failures[0];
  return { mutant: mutant.name, killer: first?.title, ...(first && { error: first.error }) };
}
