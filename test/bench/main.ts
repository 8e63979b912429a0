import { parseArgs } from 'node:util';
import { heap } from './heap.ts';
import { idle } from './idle.ts';
import { latency } from './latency.ts';
import { outage } from './outage.ts';
import { propagation } from './propagation.ts';
import { print, type Row } from './report.ts';
import { scopes } from './scopes.ts';
import { takeoverAfterDeath, takeoverAfterRelease } from './takeover.ts';
import type { Target } from './target.ts';
import { consulTarget, etcdTarget, fileTarget, memoryTarget, zookeeperTarget } from './targets.ts';

const usage = `node test/bench/main.ts [--store embedded|etcd|consul|zookeeper|all] [--rounds N] [--only NAME,…] [--json]
    our calls beside those of the bare client library, in turn, and the budgets of the design. Never fails: it measures.
    --only takes some of latency, propagation, takeoverAfterRelease, takeoverAfterDeath, idle, scopes, outage, heap
`;

const { values } = parseArgs({
  options: {
    store: { type: 'string', default: 'all' },
    rounds: { type: 'string', default: '500' },
    only: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});

const stores: Record<string, readonly (() => Target | Promise<Target>)[]> = {
  embedded: [memoryTarget, fileTarget],
  etcd: [etcdTarget],
  consul: [consulTarget],
  zookeeper: [zookeeperTarget],
  all: [memoryTarget, fileTarget, etcdTarget, consulTarget, zookeeperTarget],
};

const measures: Record<string, (target: Target, rounds: number) => Promise<Row[]>> = {
  latency,
  propagation,
  takeoverAfterRelease,
  takeoverAfterDeath,
  idle,
  scopes,
  outage,
  heap,
};

/** What went wrong first, and not what went wrong while cleaning up after it. */
function reason(error: unknown): string {
  if (error instanceof SuppressedError) return reason(error.suppressed);
  return error instanceof Error ? error.message : String(error);
}

/** What cannot be measured is a line of the table, and the rest is measured all the same. */
async function measureAll(target: Target, rounds: number, names: readonly string[]): Promise<Row[]> {
  const rows: Row[] = [];
  for (const name of names) {
    if (process.stderr.isTTY) process.stderr.write(`${target.name}: ${name} …\n`);
    try {
      rows.push(...((await measures[name]?.(target, rounds)) ?? []));
    } catch (error) {
      rows.push({ work: name, ours: `failed: ${reason(error)}` });
    }
  }
  return rows;
}

const rounds = Number(values.rounds);
const chosen = stores[values.store];
const names = values.only?.split(',') ?? Object.keys(measures);
const known = names.every((name) => Object.hasOwn(measures, name));
if (chosen === undefined || !known || !Number.isSafeInteger(rounds) || rounds < 1) {
  process.stderr.write(usage);
  process.exitCode = 2;
} else {
  const found: Record<string, Row[]> = {};
  // No watch and no timer of a store keeps the process up while it waits for them.
  const up = setInterval(() => undefined, 2 ** 30);
  for (const start of chosen) {
    await using target = await start();
    const rows = await measureAll(target, rounds, names);
    found[target.name] = rows;
    if (!values.json) print(target.name, rows);
  }
  clearInterval(up);
  if (values.json) console.log(JSON.stringify({ node: process.version, rounds, stores: found }, undefined, 2));
}
