import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { temporaryFolder } from '../servers/folder.ts';
import { startEtcd } from '../servers/index.ts';
import { type Client, faults } from './two-leaders-parts.ts';
import { type Outcome, type Place, twoLeaders } from './two-leaders-run.ts';

const usage = `node test/faults/two-leaders.ts [--store embedded|etcd] [--ttl SECONDS] [--runs N] [--json]
    how long two members believe that they lead, in each fault, for Tenure and, on etcd, for etcd3's own Election
`;

const { values } = parseArgs({
  options: {
    store: { type: 'string', default: 'embedded' },
    ttl: { type: 'string', default: '5' },
    runs: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
  },
});

/** The clients of one run suffer the fault at one time; the faults take turns, so that the processes do not crowd out each other. */
async function measure(place: Place, clients: readonly Client[], ttl: number, runs: number): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const fault of faults) {
    for (let run = 0; run < runs; run += 1) {
      outcomes.push(...(await Promise.all(clients.map((client) => twoLeaders(place, client, fault, ttl)))));
    }
  }
  return outcomes.sort((a, b) => faults.indexOf(a.fault) - faults.indexOf(b.fault) || b.client.localeCompare(a.client));
}

function print(outcomes: readonly Outcome[]): void {
  const row = (...cells: string[]) =>
    console.log(cells.map((cell, i) => (i < 2 ? cell.padEnd(8) : cell.padStart(14))).join(''));
  row('fault', 'client', 'rival elected', 'last act', 'window', 'acts inside');
  const ms = (value: number | undefined) => (value === undefined ? 'never' : `${value.toFixed(0)} ms`);
  for (const { fault, client, elected, lastAct, window, actsInside } of outcomes) {
    row(fault, client, ms(elected), ms(lastAct), window === undefined ? 'none' : ms(window), String(actsInside));
  }
}

const ttl = Number(values.ttl) * 1000;
const runs = Number(values.runs);
if (!(ttl > 0) || !(runs > 0) || !['embedded', 'etcd'].includes(values.store)) {
  process.stderr.write(usage);
  process.exitCode = 2;
} else {
  await using stack = new AsyncDisposableStack();
  let outcomes: Outcome[];
  if (values.store === 'embedded') {
    const folder = stack.adopt(await temporaryFolder('tenure-two-leaders-'), (it) => it.remove());
    outcomes = await measure({ type: 'embedded', path: join(folder.path, 'store.db') }, ['tenure'], ttl, runs);
  } else {
    const cluster = stack.use(await startEtcd({ version: '3.5' }));
    const [host = '', port = ''] = cluster.endpoints[0]?.split(':') ?? [];
    outcomes = await measure({ type: 'etcd', host, port: Number(port) }, ['tenure', 'etcd3'], ttl, runs);
  }
  if (values.json) console.log(JSON.stringify({ store: values.store, ttl, outcomes }));
  else print(outcomes);
}
