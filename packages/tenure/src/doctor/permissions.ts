import { randomUUID } from 'node:crypto';
import type { ClusterView, Dcs, Layout, Version } from '@tenure/core';
import { DcsError } from '@tenure/core';
import { isPlainCluster } from '../clusters.ts';
import { type Finding, inScope } from './finding.ts';

/** The keys that a member writes sooner or later. */
const WRITTEN = [
  'leader',
  'epoch',
  'config',
  'status',
  'sync',
  'failover',
  'history',
  'initialize',
  'failsafe',
  'optime/leader',
] as const;

/**
 * Whether each key may be written: of the cluster or the group of `dcs`, or of every group of a scope that has some. What is
 * sent is bound to be refused, so it changes nothing and wakes nobody; the permission is looked at all the same.
 */
export async function permissionFindings(dcs: Dcs, view: ClusterView, signal: AbortSignal): Promise<Finding[]> {
  /** By what the store said, the keys of which it said it. */
  const refused = new Map<string, string[]>();
  let count = 0;
  for (const layout of layoutsOf(dcs, view)) {
    for (const key of [...WRITTEN.map((name) => layout.key(name)), layout.member(dcs.name)]) {
      count += 1;
      const error = await errorOf(dcs, layout, key, signal);
      if (error === undefined) continue;
      const before = refused.get(error.message) ?? [];
      refused.set(error.message, [...before, inScope(key, layout.scopePrefix)]);
    }
  }
  if (refused.size === 0) {
    return [{ topic: 'permission', grade: 'ok', subject: 'write', message: `each of ${count} keys may be written` }];
  }
  return [...refused].map(([error, keys]) => {
    const message = `refused for ${keys.join(', ')}: ${error}`;
    return { topic: 'permission', grade: 'wrong', subject: 'write', message };
  });
}

function layoutsOf({ layout }: Dcs, view: ClusterView): Layout[] {
  const groups = [...view.groups.keys()].map((group) => layout.ofGroup(group));
  return isPlainCluster(view) ? [layout, ...groups] : groups;
}

async function errorOf(dcs: Dcs, layout: Layout, key: string, signal: AbortSignal): Promise<DcsError | undefined> {
  try {
    await tryToWrite(dcs, layout, key, signal);
    return undefined;
  } catch (error) {
    if (DcsError.is(error)) return error;
    throw error;
  }
}

async function tryToWrite({ store, timing }: Dcs, layout: Layout, key: string, signal: AbortSignal): Promise<void> {
  const options = { signal, timeout: timing.retryTimeout };
  // ZooKeeper comes to a write's permission only when its guards held.
  if (store.name === 'zookeeper') return await (await import('@tenure/zookeeper')).tryWrite(store, key, options);
  const never = { key: `${layout.prefix}doctor-${randomUUID()}`, version: '1' as Version };
  await store.commit({ guards: [never], writes: [{ type: 'put', key, value: '' }] }, options);
}
