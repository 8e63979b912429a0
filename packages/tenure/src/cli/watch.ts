import { Command } from 'commander';
import { clusterArgument, ofCluster } from './cluster-argument.ts';
import { draw, eachView } from './live.ts';
import { configOf, openExisting, type StoreOptions, withStore } from './store.ts';
import { printJson, stopOnSignals } from './terminal.ts';
import { viewJson, viewParts } from './view.ts';

export function watchCommand(): Command {
  return withStore(new Command('watch').description('A live look at a cluster, until interrupted.'))
    .addArgument(clusterArgument())
    .addHelpText(
      'after',
      `
A table on a terminal, one line of JSON for each change otherwise or with --json.

Examples:
  $ tenure watch --store etcd://10.0.0.1:2379/api
  $ tenure watch --scope nightly --json | jq --unbuffered .token`,
    )
    .action(
      ofCluster(async (flags: StoreOptions) => {
        const signal = stopOnSignals();
        await using dcs = await openExisting(await configOf(flags));
        // A watch outlives every outage; a store that was never there is told at once.
        await dcs.view({ signal });
        if (flags.json === true || !process.stdout.isTTY) {
          for await (const view of eachView(dcs, signal)) printJson(viewJson(view));
        } else await draw(dcs, signal, (view) => viewParts(view, dcs.store.name));
      }),
    );
}
