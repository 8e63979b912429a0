import { parseArgs } from 'node:util';
import { mutants } from './all.ts';
import type { Mutant } from './mutant.ts';
import { attempt, inPairs, type Trial } from './trial.ts';

const usage = `node test/lab/mutants/main.ts [--mutant NAME] [--limit N] [--json]
    simulates histories on each planted defect of core, from five seeds on, until one violates the contract.
    --limit histories from each seed (default 20000). Exit code 1 when a mutant survives one of them.
`;

/** So far apart that no history is counted for two of them. */
const SEEDS = [1, 2, 3, 4, 5].map((number) => number * 10_000_000);

const { values } = parseArgs({
  options: {
    mutant: { type: 'string' },
    limit: { type: 'string', default: '20000' },
    json: { type: 'boolean', default: false },
  },
});
const limit = Number(values.limit);
const chosen = mutants.filter(({ name }) => values.mutant === undefined || name === values.mutant);
if (chosen.length === 0 || !Number.isSafeInteger(limit) || limit < 1) {
  process.stderr.write(usage);
  process.exit(2);
}

const width = Math.max(...chosen.map(({ name }) => name.length));
let survived = 0;
if (!values.json) console.log(`${'core …'.padEnd(width)}  median  histories from each seed       broken rules`);
await inPairs(chosen, async (mutant) => {
  const trials = await attempt(mutant, { seeds: SEEDS, limit });
  if (trials.some(({ killer }) => killer === undefined)) survived += 1;
  console.log(values.json ? JSON.stringify({ mutant: mutant.name, trials }) : row(mutant, trials));
});
if (!values.json) console.log(`${chosen.length - survived} of ${chosen.length} killed`);
process.exitCode = survived === 0 ? 0 : 1;

function row({ name }: Mutant, trials: readonly Trial[]): string {
  // A survivor took more than the limit.
  const counts = trials.map(({ histories, killer }) => (killer === undefined ? Number.POSITIVE_INFINITY : histories));
  const median = counts.toSorted((a, b) => a - b)[(counts.length - 1) / 2] ?? 0;
  const told = counts.map((count) => (count === Number.POSITIVE_INFINITY ? `>${limit}` : String(count)));
  const middle = median === Number.POSITIVE_INFINITY ? 'SURVIVED' : String(median);
  const rules = [...new Set(trials.flatMap(({ killer }) => (killer === undefined ? [] : [killer])))];
  return `${name.padEnd(width)}  ${middle.padStart(6)}  ${told.join(' ').padEnd(30)}  ${rules.join(', ')}`;
}
