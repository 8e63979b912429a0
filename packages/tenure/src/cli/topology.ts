import { Command } from 'commander';
import { ofCluster } from './cluster-argument.ts';
import { type LookOptions, look, withLook } from './look.ts';
import { memberParts } from './member-table.ts';

export function topologyCommand(): Command {
  return withLook(new Command('topology').description('The members of a cluster as a tree: who follows whom.'))
    .addHelpText(
      'after',
      `
The other formats than pretty have a column Follows instead of the tree.

Examples:
  $ tenure topology --store etcd://10.0.0.1:2379/batman
  $ tenure topology --scope batman --format json | jq '.[] | {Member, Follows}'`,
    )
    .action(
      ofCluster(
        async (flags: LookOptions) =>
          await look(flags, (view, format) => ({ parts: memberParts(view, format, { extended: false, tree: true }) })),
      ),
    );
}
