import { run, type Schedule } from '@tenure/conformance';
import { type Amounts, Tally } from './tally.ts';

/** What a process is to do: the histories of these seeds, until `endsAt`, milliseconds since 1970, when that is given. */
export interface BatchOrder {
  readonly first: number;
  readonly count: number;
  readonly endsAt?: number;
}

/** What came of it. */
export interface BatchResult {
  readonly amounts: Amounts;
  /** The schedule whose history broke the contract, and ended the batch. */
  readonly broken?: Schedule;
}

// Nobody waits for it any more.
process.once('disconnect', () => process.exit(1));

const { first, count, endsAt }: BatchOrder = JSON.parse(process.argv[2] ?? '');
const tally = new Tally();
const ending = endsAt === undefined ? {} : { signal: AbortSignal.timeout(Math.max(0, endsAt - Date.now())) };
const tell = tally.add.bind(tally);
const { failure } = await run({ seeds: seeds(), tell, ...ending });
const { user, system } = process.cpuUsage();
tally.cpu = (user + system) / 1000;
const result: BatchResult = { amounts: tally.toJSON(), ...(failure && { broken: failure.schedule }) };
process.send?.(result);
process.channel?.unref();

function* seeds(): Iterable<number> {
  for (let seed = first; seed < first + count; seed += 1) yield seed;
}
