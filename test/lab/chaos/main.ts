import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { check } from '@tenure/conformance';
import { temporaryFolder } from '../../servers/folder.ts';
import { faultTable, stores } from '../ground/index.ts';
import { chaos } from './arena.ts';
import { faultsTable, figuresTable, leaks, memoryTable, readHistory, violationsTable } from './report.ts';

const usage = `node test/lab/chaos/main.ts --store ${stores.join('|')} [--nodes 1|3] [--minutes N] [--seed S] [--keep] [--table]
    three clients compete on a real store, which suffers faults for N minutes (5); then their history is checked
    --nodes    of servers, 3 unless given; those on three hosts need root
    --seed     the faults, their order and times; drawn by lot unless given
    --keep     the history, which is kept anyway when it breaks a rule
    --table    only prints which faults there are
`;

const { values } = parseArgs({
  options: {
    store: { type: 'string' },
    nodes: { type: 'string', default: '3' },
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string', default: randomBytes(4).toString('hex') },
    keep: { type: 'boolean', default: false },
    table: { type: 'boolean', default: false },
  },
});

const store = stores.find((name) => name === values.store);
const nodes = ([1, 3] as const).find((count) => String(count) === values.nodes);
const minutes = Number(values.minutes);

async function main(): Promise<number> {
  if (values.table) {
    console.log(faultTable());
    return 0;
  }
  if (store === undefined || nodes === undefined || !(minutes > 0)) {
    process.stderr.write(usage);
    return 2;
  }
  const interrupted = new AbortController();
  // Once to stop and clean up, twice to end at once: the kernel then takes what is left.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());
  const { signal } = interrupted;
  const { seed } = values;
  console.log(`seed ${seed}`);
  const folder = await temporaryFolder('tenure-chaos-');
  try {
    const options = { store, nodes, seed, signal, folder: folder.path, lasts: minutes * 60_000 };
    const { faults, memory } = await chaos({ ...options, tell: (line) => console.log(line) });
    const history = readHistory(folder.path);
    const { violations, figures } = check(history);
    const uncaught = history.filter(({ type }) => type === 'uncaught').length;
    console.log(['', faultsTable(faults), '', figuresTable(figures, uncaught), memoryTable(memory)].join('\n'));
    const failed = violations.length > 0 || leaks(memory);
    if (violations.length > 0) console.log(`\n${violationsTable(violations, history[0]?.at ?? 0)}`);
    if (failed) console.log(`again: --store ${store} --nodes ${nodes} --minutes ${minutes} --seed ${seed}`);
    if (failed || values.keep) {
      const kept = mkdtempSync(join(tmpdir(), `chaos-${store}-`));
      cpSync(folder.path, kept, { recursive: true });
      console.log(`history in ${kept}`);
    }
    return failed ? 1 : 0;
  } catch (error) {
    if (!signal.aborted) throw error;
    console.log('interrupted');
    return 130;
  } finally {
    await folder.remove();
  }
}

process.exitCode = await main();
