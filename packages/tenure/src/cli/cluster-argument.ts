import { Argument } from 'commander';
import { EXIT, Exit } from './exit.ts';
import type { StoreOptions } from './store.ts';
import { printable } from './terminal.ts';

/** Where `patronictl` has the name of the cluster. */
export function clusterArgument(): Argument {
  return new Argument('[cluster]', 'the same as --scope');
}

/** The action of a command with that argument. */
export function ofCluster<T extends StoreOptions>(
  work: (flags: T) => Promise<void>,
): (cluster: string | undefined, flags: T) => Promise<void> {
  return async (cluster, flags) => await work(withCluster(flags, cluster));
}

/** @throws Exit 2 when `--scope` names another */
export function withCluster<T extends StoreOptions>(flags: T, cluster: string | undefined): T {
  const { scope } = flags;
  if (cluster === undefined) return flags;
  if (scope !== undefined && scope !== cluster) {
    const both = `${printable(cluster)} and with --scope ${printable(scope)}`;
    throw new Exit(EXIT.usage, `the cluster is named twice, as ${both}: give only one of them`);
  }
  return { ...flags, scope: cluster };
}
