import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { BATCHES, type HeapOrder, type HeapReport } from './heap-order.ts';
import type { Row } from './report.ts';
import type { Target } from './target.ts';

const DCS = 1000;
/** With a watch: each commit on an embedded store wakes all of them. */
const WATCHING = 200;
/** Bytes. */
const MOST_PER_DCS = 100_000;
const RENEWALS = { memory: 100_000, file: 20_000, endpoint: 5000 } as const;
/** Bytes a renewal: less than the smallest object. */
const MOST_PER_RENEWAL = 12;

/**
 * The heap after a forced collection, in a child process: what each further Dcs adds that shares store and session and
 * leads, without and with a watch; and what each of many renewals leaves behind, as the least of several equal batches: a leak
 * is in each of them, and what the collector left to chance is not.
 */
export async function heap(target: Target): Promise<Row[]> {
  const address = target.address ?? 'memory';
  const renewals = RENEWALS[address === 'memory' ? address : 'file' in address ? 'file' : 'endpoint'];
  const dcs = async (watch: boolean): Promise<Row> => {
    const count = watch ? WATCHING : DCS;
    const each = (await child({ address, work: 'dcs', watch, count })).bytes / count;
    const ours = `${(each / 1000).toFixed(1)} kB`;
    const with_ = `${watch ? ' that watches' : ''}${address === 'memory' ? ', its data included' : ''}`;
    return {
      work: `memory of a further Dcs${with_}`,
      ours,
      budget: `≤ ${MOST_PER_DCS / 1000} kB`,
      ok: each <= MOST_PER_DCS,
    };
  };
  const { bytes } = await child({ address, work: 'renewals', watch: false, count: renewals / BATCHES });
  const each = bytes / (renewals / BATCHES);
  const ours = `${each.toFixed(2)} B each`;
  const ok = each <= MOST_PER_RENEWAL;
  return [
    await dcs(false),
    await dcs(true),
    { work: `growth over ${renewals} renewals`, ours, budget: `none (≤ ${MOST_PER_RENEWAL} B each)`, ok },
  ];
}

async function child(order: HeapOrder): Promise<HeapReport> {
  const program = fileURLToPath(new URL('heap-child.ts', import.meta.url));
  const execArgv = ['--expose-gc', '--disable-warning=ExperimentalWarning'];
  const process = fork(program, [JSON.stringify(order)], { execArgv });
  const [[report], [code]] = await Promise.all([
    Promise.race([once(process, 'message'), once(process, 'exit').then(() => [undefined])]),
    once(process, 'exit'),
  ]);
  if (report === undefined) throw new Error(`the child process that measures its heap ended with ${code}`);
  return report as HeapReport;
}
