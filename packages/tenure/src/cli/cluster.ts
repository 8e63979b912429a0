import type { Dcs } from '@tenure/core';
import { isPlainCluster } from '../clusters.ts';
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

async function assertCluster(dcs: Dcs, signal: AbortSignal): Promise<void> {
  if (dcs.group !== undefined) return;
  const view = await dcs.view({ signal });
  if (isPlainCluster(view)) return;
  const { scope, groups } = view;
  const named = `${groups.size === 1 ? 'the group' : 'the groups'} ${[...groups.keys()].join(', ')}`;
  throw new Exit(EXIT.usage, `${scope} has ${named}, each a cluster of its own: name one with --group`);
}
