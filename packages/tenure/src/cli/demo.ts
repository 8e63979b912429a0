import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClusterView, Dcs } from '@tenure/core';
import { Command } from 'commander';
import { Stage, type Step } from '../demo/stage.ts';
import { EXIT, Exit } from './exit.ts';
import { configOf, openStore, type StoreOptions, withStore } from './store.ts';
import { paint, print, printJson, stopOnSignals, table } from './terminal.ts';

/** Seconds, or the least that the store grants. */
const TTL = 3;

export function demoCommand(): Command {
  return withStore(
    new Command('demo').description('Three processes compete for a lease; the leader is killed, releases, is frozen.'),
  )
    .addHelpText(
      'after',
      `
Without --store it plays on an embedded file of its own. It uses a scope of its own in any case (--scope and --name are not
used), takes about 15 s (longer on a store whose least ttl is longer), leaves nothing behind, and exits with 1 when something did not hold.

Examples:
  $ tenure demo
  $ tenure demo --store etcd://127.0.0.1:2379
  $ tenure demo --store zookeeper://127.0.0.1:2181`,
    )
    .action(async (flags: StoreOptions) => {
      const signal = stopOnSignals();
      const folder = await mkdtemp(join(tmpdir(), 'tenure-demo-'));
      try {
        const steps = await play(flags, folder, signal);
        if (steps.some(({ ok }) => !ok)) throw new Exit(EXIT.failed);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    });
}

async function play(flags: StoreOptions, folder: string, signal: AbortSignal): Promise<Step[]> {
  const own = flags.store === undefined && flags.config === undefined;
  const config = await configOf(
    { ...flags, ...(own ? { store: `embedded://${encodeURI(join(folder, 'store.db'))}` } : {}) },
    { scope: `tenure-demo-${randomBytes(4).toString('hex')}`, name: 'stage' },
  );
  const { loop_wait, retry_timeout, stop_budget, ttl, ...store } = config;
  const probe = await openStore(store);
  const seconds = Math.max(TTL, probe.store.limits.minTtl / 1000);
  try {
    // With the patience of every command; a ttl of a few seconds leaves little.
    await probe.view({ signal });
  } finally {
    await probe.close();
  }
  const timed = { ...store, ttl: seconds };
  await using dcs = await openStore(timed);
  const began = performance.now();
  const elapsed = () => `${((performance.now() - began) / 1000).toFixed(1).padStart(5)} s`;
  const json = flags.json === true;
  const tell = (text: string) => (json ? printJson({ event: text }) : print(`${elapsed()}  ${paint('bold', text)}`));
  const steps: Step[] = [];
  const step = (done: Step) => {
    steps.push(done);
    if (json) printJson({ step: done });
    else
      print(`${elapsed()}  ${mark(done)} ${done.title}${done.ms === undefined ? '' : `: ${Math.round(done.ms)} ms`}`);
  };
  let last = '';
  const show = (view: ClusterView) => {
    const line = json ? '' : liveLine(view);
    if (line !== last && !json) print(`${elapsed()}    ${line}`);
    last = line;
  };
  const stage = new Stage({ dcs, config: timed, folder, signal, tell, show, step });
  try {
    await stage.play();
  } finally {
    await clear(dcs);
  }
  if (json)
    printJson({ summary: { ok: steps.every(({ ok }) => ok), store: dcs.store.name, ttlMs: dcs.timing.ttl, steps } });
  else print(['', ...summary(steps, dcs)].join('\n'));
  return steps;
}

function mark({ ok }: Step): string {
  return ok ? paint('green', 'ok    ') : paint('red', 'FAILED');
}

/** Who is there and who leads, in one line. */
function liveLine({ leader, members, epoch }: ClusterView): string {
  const names = members.map(({ name }) => (name === leader?.name ? paint('green', `[${name}]`) : ` ${name} `));
  const office = leader === undefined ? paint('yellow', 'nobody leads') : `${leader.name} leads, token ${epoch.value}`;
  return `${names.join(' ')}   ${office}`;
}

function summary(steps: readonly Step[], dcs: Dcs): string[] {
  const rows = steps.map(({ title, ok, ms, note }) => [
    ok ? 'ok' : 'FAILED',
    title,
    ms === undefined ? '' : `${Math.round(ms)} ms`,
    note,
  ]);
  const held = steps.filter(({ ok }) => ok).length;
  return [
    ...table(['', `ON ${dcs.store.name.toUpperCase()}, TTL ${dcs.timing.ttl / 1000} S`, 'TOOK', ''], rows),
    '',
    `${held} of ${steps.length} held`,
  ];
}

/** Removes every key of the demo's own scope. The members are dead by now. */
async function clear({ store, layout }: Dcs): Promise<void> {
  const { entries } = await store.read(layout.scopePrefix);
  const keys = [...entries.keys()];
  const { maxCommitOps } = store.limits;
  for (let from = 0; from < keys.length; from += maxCommitOps) {
    const writes = keys.slice(from, from + maxCommitOps).map((key) => ({ type: 'delete' as const, key }));
    await store.commit({ guards: [], writes });
  }
}
