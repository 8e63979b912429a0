import { Command } from 'commander';
import { ofCluster } from './cluster-argument.ts';
import { type LookOptions, look, withLook } from './look.ts';
import { memberParts } from './member-table.ts';

interface ListOptions extends LookOptions {
  readonly extended?: boolean;
}

export function listCommand(): Command {
  return withLook(new Command('list').description('The members of a cluster, as patronictl list shows them.'))
    .option('-e, --extended', 'with pending and scheduled restarts and tags, also when there are none')
    .addHelpText(
      'after',
      `
Lag in megabytes; empty when it is not known. Without --group all groups of a Citus cluster.

Examples:
  $ tenure list --store etcd://10.0.0.1:2379/batman -e
  $ tenure list --scope batman -w`,
    )
    .action(
      ofCluster(
        async (flags: ListOptions) =>
          await look(flags, (view, format) => ({
            parts: memberParts(view, format, { extended: flags.extended === true, tree: false }),
          })),
      ),
    );
}
