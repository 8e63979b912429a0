import type { ClusterView, Dcs } from '@tenure/core';
import { Command } from 'commander';
import { configOf, openExisting, type StoreOptions, withStore } from './store.ts';
import { print, printJson, stopOnSignals } from './terminal.ts';
import { viewJson, viewLines } from './view.ts';

/** How often the age on the screen is brought up to date, milliseconds. */
const REDRAW = 1000;

export function watchCommand(): Command {
  return withStore(new Command('watch').description('A live look at a cluster, until interrupted.'))
    .addHelpText(
      'after',
      `
A table on a terminal, one line of JSON for each change otherwise or with --json.

Examples:
  $ tenure watch --store etcd://10.0.0.1:2379/api
  $ tenure watch --scope nightly --json | jq --unbuffered .token`,
    )
    .action(async (flags: StoreOptions) => {
      const signal = stopOnSignals();
      await using dcs = await openExisting(await configOf(flags));
      // A watch outlives every outage; a store that was never there is told at once.
      await dcs.view({ signal });
      if (flags.json === true || !process.stdout.isTTY) await printEach(dcs, signal);
      else await draw(dcs, signal);
    });
}

async function printEach(dcs: Dcs, signal: AbortSignal): Promise<void> {
  // A store's watch need not keep the process up.
  const stay = setInterval(() => undefined, 60_000);
  try {
    for await (const view of dcs.watch({ signal })) printJson(viewJson(view));
  } finally {
    clearInterval(stay);
  }
}

async function draw(dcs: Dcs, signal: AbortSignal): Promise<void> {
  let latest: ClusterView | undefined;
  const show = () => {
    if (latest === undefined) return;
    const lines = viewLines(latest, dcs.store.name).slice(0, Math.max(1, (process.stdout.rows || 24) - 1));
    // Home, each line cleared to its end, then the rest of the screen: no flicker.
    print(`\u001b[H${lines.map((line) => `${line}\u001b[K`).join('\n')}\u001b[J`);
  };
  const timer = setInterval(show, REDRAW);
  process.stdout.write('\u001b[?25l\u001b[2J');
  try {
    for await (const view of dcs.watch({ signal })) {
      latest = view;
      show();
    }
  } finally {
    clearInterval(timer);
    process.stdout.write('\u001b[?25h');
  }
}
