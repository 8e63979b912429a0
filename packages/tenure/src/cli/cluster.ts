import type { Dcs } from '@tenure/core';
import { EXIT, Exit } from './exit.ts';
import { configOf, openExisting, type StoreOptions } from './store.ts';

/**
 * The cluster that an operator's command is for. Where a scope has groups, each of them is a cluster of its own, and one
 * must be named. @throws Exit 2 when none is
 */
export async function openCluster(flags: StoreOptions, signal: AbortSignal): Promise<Dcs> {
  const dcs = await openExisting(await configOf(flags));
  try {
    await assertCluster(dcs, signal);
    return dcs;
  } catch (error) {
    await dcs.close();
    throw error;
  }
}

/**
 * The same for what deposes a leader or removes a cluster: the group of the configuration file, which is that of the
 * machine it lies on, is not enough. Source: `patronictl`, which wants `--group` there.
 */
export async function openNamedCluster(flags: StoreOptions, signal: AbortSignal): Promise<Dcs> {
  const dcs = await openCluster(flags, signal);
  if (dcs.group === undefined || flags.group !== undefined) return dcs;
  await dcs.close();
  throw new Exit(EXIT.usage, `${dcs.scope} has groups: name the one that is meant with --group`);
}

async function assertCluster({ store, layout, timing }: Dcs, signal: AbortSignal): Promise<void> {
  if (layout.group !== undefined) return;
  const { entries } = await store.read(layout.scopePrefix, { signal, timeout: timing.retryTimeout });
  const keys = [...entries.keys()].map((key) => layout.parse(key)).filter((key) => key !== undefined);
  if (keys.length === 0 || keys.some(({ group }) => group === undefined)) return;
  const groups = [...new Set(keys.map(({ group }) => Number(group)))].sort((a, b) => a - b);
  const named = groups.length === 1 ? `the group ${groups[0]}` : `the groups ${groups.join(', ')}`;
  throw new Exit(EXIT.usage, `${layout.scope} has ${named}, each a cluster of its own: name one with --group`);
}
