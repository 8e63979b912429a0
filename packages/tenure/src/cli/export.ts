import { Command } from 'commander';
import { count } from '../count.ts';
import { dumpOf, isTransient } from '../transfer/dump.ts';
import { clusterArgument, ofCluster } from './cluster-argument.ts';
import { EXIT, Exit } from './exit.ts';
import { configOf, openExisting, type StoreOptions, withStore } from './store.ts';
import { print, say, stopOnSignals } from './terminal.ts';

export function exportCommand(): Command {
  return withStore(
    new Command('export').description(
      'Print every key of a scope as JSON, of all its groups, at one moment and to the byte.',
    ),
  )
    .addArgument(clusterArgument())
    .addHelpText(
      'after',
      `
With --json in one line. Keys that live with a process are printed, and are not restored.

Example:
  $ tenure export --store etcd://10.0.0.1:2379/api > api.json`,
    )
    .action(
      ofCluster(async (flags: StoreOptions) => {
        const signal = stopOnSignals();
        await using dcs = await openExisting(await configOf(flags));
        const { store, layout, timing } = dcs;
        const snapshot = await store.read(layout.scopePrefix, { signal, timeout: timing.retryTimeout });
        if (snapshot.entries.size === 0) throw new Exit(EXIT.failed, `${layout.scopePrefix}: there is nothing`);
        const dump = dumpOf(layout, snapshot, store.name);
        print(flags.json === true ? JSON.stringify(dump) : JSON.stringify(dump, null, 2));
        const transient = dump.keys.filter((key) => isTransient(layout, key)).length;
        say(
          `${count(dump.keys.length, 'key')}, of which ${transient} ${transient === 1 ? 'lives' : 'live'} with a process`,
        );
      }),
    );
}
