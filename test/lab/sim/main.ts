import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Failure, type Schedule, scheduleOf, shrink, simulate, trial } from '@tenure/conformance';
import { simulateAll } from './batches.ts';
import { Tally } from './tally.ts';
import { trace } from './trace.ts';

const usage = `node test/lab/sim/main.ts [--minutes N | --histories N] [--seed S] [--jobs N] [--json]
node test/lab/sim/main.ts [--seed S | --schedule FILE] --trace
    simulated histories from the seeds S, S + 1, …: as many as N, 10,000 by default, or for N minutes. Ends at the first
    that breaks the contract, with the line that replays it and the least schedule that still does, and exits with 1.
    --jobs      processes at one time, 1 by default: one for each core that may be busy
    --schedule  only the schedule in FILE, as it was printed
    --trace     only the history of S, or of the schedule, and prints it
`;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    histories: { type: 'string' },
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '1' },
    schedule: { type: 'string' },
    trace: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

const { schedule: file, json } = values;
const first = wanted('seed', values.seed);
const jobs = wanted('jobs', values.jobs);
const minutes = values.minutes === undefined ? undefined : wanted('minutes', values.minutes);
const count = minutes === undefined ? wanted('histories', values.histories ?? '10000') : Number.POSITIVE_INFINITY;

function wanted(name: string, value: string): number {
  const number = Number(value);
  if (Number.isFinite(number) && number >= 0) return number;
  process.stderr.write(`--${name} ${value}: not a number from 0 up\n\n${usage}`);
  process.exit(2);
}

async function fail(failure: Failure): Promise<void> {
  for (const { rule, at, message } of failure.violations)
    console.log(`${rule} broken at ${at.toFixed(3)} ms: ${message}`);
  if (file === undefined) console.log(`\nreplay: node test/lab/sim/main.ts --seed ${failure.schedule.seed} --trace`);
  const { schedule, violations } = await shrink(failure);
  console.log(`\nthe least schedule that still breaks it (${violations[0]?.message}):\n${JSON.stringify(schedule)}`);
}

/** A history of its own, in this process. */
async function one(schedule: Schedule): Promise<Failure | undefined> {
  const tally = new Tally();
  const failure = await trial(schedule, tally.add.bind(tally));
  if (values.trace) trace(await simulate(schedule));
  tally.cpu = process.cpuUsage().user / 1000;
  console.log(json ? JSON.stringify(tally) : tally.table());
  return failure;
}

async function many(): Promise<Failure | undefined> {
  const tally = new Tally();
  const progress = () => {
    if (process.stderr.isTTY) process.stderr.write(`${tally.line()}\n`);
  };
  const ending = minutes === undefined ? {} : { endsAt: Date.now() + minutes * 60_000 };
  const broken = await simulateAll({ first, count, jobs, tally, progress, ...ending });
  console.log(json ? JSON.stringify(tally) : tally.table());
  return broken && (await trial(broken));
}

async function main(): Promise<Failure | undefined> {
  if (file !== undefined) return await one(JSON.parse(readFileSync(file, 'utf8')) as Schedule);
  return values.trace ? await one(scheduleOf(first)) : await many();
}

const failure = await main();
if (failure !== undefined) {
  process.exitCode = 1;
  await fail(failure);
}
