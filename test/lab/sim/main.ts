import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Failure, run, type Schedule, shrink, simulate, trial } from '@tenure/conformance';
import { Tally } from './tally.ts';
import { trace } from './trace.ts';

const usage = `node test/lab/sim/main.ts [--minutes N | --histories N] [--seed S] [--schedule FILE] [--trace] [--json]
    simulated histories from the seeds S, S + 1, …: as many as N, 10,000 by default, or for N minutes. Ends at the first
    that breaks the contract, with the line that replays it and the least schedule that still does, and exits with 1.
    --schedule simulates the one schedule in FILE, as it was printed; --trace prints the history, with --seed its only one
`;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    histories: { type: 'string' },
    seed: { type: 'string', default: '1' },
    schedule: { type: 'string' },
    trace: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

const { schedule: file, json } = values;
const first = wanted('seed', values.seed);
const minutes = values.minutes === undefined ? undefined : wanted('minutes', values.minutes);
const most = values.trace
  ? 1
  : minutes !== undefined
    ? Number.POSITIVE_INFINITY
    : wanted('histories', values.histories ?? '10000');

function wanted(name: string, value: string): number {
  const number = Number(value);
  if (Number.isFinite(number) && number >= 0) return number;
  process.stderr.write(`--${name} ${value}: not a number from 0 up\n\n${usage}`);
  process.exit(2);
}

function* seeds(): Generator<number> {
  for (let seed = first; seed < first + most; seed += 1) yield seed;
}

function progress(tally: Tally): void {
  if (process.stderr.isTTY && tally.histories % 500 === 0) process.stderr.write(`${tally.line()}\n`);
}

async function fail(failure: Failure): Promise<void> {
  for (const { rule, at, message } of failure.violations)
    console.log(`${rule} broken at ${at.toFixed(3)} ms: ${message}`);
  if (file === undefined) console.log(`\nreplay: node test/lab/sim/main.ts --seed ${failure.schedule.seed} --trace`);
  const { schedule, violations } = await shrink(failure);
  console.log(`\nthe least schedule that still breaks it (${violations[0]?.message}):\n${JSON.stringify(schedule)}`);
}

async function main(): Promise<Failure | undefined> {
  const tally = new Tally();
  const tell: NonNullable<Parameters<typeof run>[0]['tell']> = (schedule, report) => {
    tally.add(schedule, report);
    progress(tally);
  };
  let failure: Failure | undefined;
  if (file !== undefined) failure = await trial(JSON.parse(readFileSync(file, 'utf8')) as Schedule, tell);
  else {
    const signal = minutes === undefined ? {} : { signal: AbortSignal.timeout(minutes * 60_000) };
    failure = (await run({ seeds: seeds(), tell, ...signal })).failure;
  }
  if (values.trace) {
    const { last: schedule } = tally;
    if (schedule !== undefined) trace(await simulate(schedule));
  }
  console.log(json ? JSON.stringify(tally) : tally.table());
  return failure;
}

const failure = await main();
if (failure !== undefined) {
  process.exitCode = 1;
  await fail(failure);
}
