import { run } from '@tenure/conformance';
import type { Trial, TrialOrder } from './trial.ts';

// Nobody waits for it any more.
process.once('disconnect', () => process.exit(1));

/** Simulates histories, from each seed of its order on, until the first violation, and sends what came of it. */
const { seeds, limit }: TrialOrder = JSON.parse(process.argv[2] ?? '');

for (const seed of seeds) {
  const { histories, failure } = await run({ seeds: from(seed) });
  const [first] = failure?.violations ?? [];
  const trial: Trial = { seed, histories, ...(first && { killer: first.rule, message: first.message }) };
  process.send?.(trial);
}

process.channel?.unref();

function* from(seed: number): Iterable<number> {
  for (let next = seed; next < seed + limit; next += 1) yield next;
}
