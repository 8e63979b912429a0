import { Command } from 'commander';
import { clusterArgument, ofCluster } from './cluster-argument.ts';
import { linesOf } from './parts.ts';
import { configOf, openExisting, type StoreOptions, withStore } from './store.ts';
import { print, printJson, stopOnSignals } from './terminal.ts';
import { viewJson, viewParts } from './view.ts';

export function statusCommand(): Command {
  return withStore(
    new Command('status').description('One look at a cluster: leader, token, members, documents, problems.'),
  )
    .addArgument(clusterArgument())
    .addHelpText(
      'after',
      `
A table on a terminal, one line of JSON otherwise or with --json.

Examples:
  $ tenure status --store etcd://10.0.0.1:2379/api
  $ tenure status --scope nightly --json | jq .leader.name`,
    )
    .action(
      ofCluster(async (flags: StoreOptions) => {
        const signal = stopOnSignals();
        await using dcs = await openExisting(await configOf(flags));
        const view = await dcs.view({ signal });
        if (flags.json === true || !process.stdout.isTTY) printJson(viewJson(view));
        else print(linesOf(viewParts(view, dcs.store.name)).join('\n'));
      }),
    );
}
