import { parseArgs } from 'node:util';
import { servers } from '../clients/connect.ts';
import { controlNames } from './two-leaders-controls.ts';
import { type Client, faults } from './two-leaders-parts.ts';
import { placeOf } from './two-leaders-places.ts';
import { type Outcome, type Place, twoLeaders } from './two-leaders-run.ts';

const usage = `node test/faults/two-leaders.ts [--store embedded|etcd|consul|zookeeper] [--ttl SECONDS] [--runs N] [--json]
    how long two members believe that they lead, in each fault, for Tenure and, on a server, for a control that is
    written with the client library alone
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

function print(outcomes: readonly Outcome[], control: string): void {
  const row = (...cells: string[]) =>
    console.log(cells.map((cell, i) => (i < 2 ? cell.padEnd(i === 0 ? 8 : 17) : cell.padStart(14))).join(''));
  row('fault', 'client', 'rival elected', 'last act', 'window', 'acts inside');
  const ms = (value: number | undefined) => (value === undefined ? 'never' : `${value.toFixed(0)} ms`);
  for (const { fault, client, elected, lastAct, window, actsInside } of outcomes) {
    const name = client === 'control' ? control : client;
    row(fault, name, ms(elected), ms(lastAct), window === undefined ? 'none' : ms(window), String(actsInside));
  }
}

const ttl = Number(values.ttl) * 1000;
const runs = Number(values.runs);
const type = (['embedded', ...servers] as const).find((name) => name === values.store);
if (!(ttl > 0) || !(runs > 0) || type === undefined) {
  process.stderr.write(usage);
  process.exitCode = 2;
} else {
  await using stack = new AsyncDisposableStack();
  const clients: readonly Client[] = type === 'embedded' ? ['tenure'] : ['tenure', 'control'];
  const outcomes = await measure(await placeOf(type, stack), clients, ttl, runs);
  const control = type === 'embedded' ? 'none' : controlNames[type];
  if (values.json) console.log(JSON.stringify({ store: type, control, ttl, outcomes }));
  else print(outcomes, control);
}
