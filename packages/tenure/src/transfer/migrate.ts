import { type ClusterView, type Dcs, isPaused, Layout, parseView, type Snapshot } from '@tenure/core';
import { withGroups } from '../clusters.ts';
import { count } from '../count.ts';
import { dumpOf, isTransient } from './dump.ts';
import { Refusal } from './refusal.ts';
import { occupants, planRestoration, type Restoration, restore } from './restore.ts';

/** What a paused leader goes on writing; after its move it writes it anew. */
const LIVELY = ['status', 'optime/leader', 'failsafe'];

export interface Migration extends Restoration {
  readonly source: Snapshot;
}

/**
 * What a migration would write. @throws Refusal when the source is empty, is neither stopped nor paused, or holds bytes
 * that are not UTF-8, or the target holds more than an epoch; DcsError
 */
export async function planMigration(from: Dcs, to: Dcs, signal: AbortSignal): Promise<Migration> {
  const source = await from.store.read(from.layout.scopePrefix, { signal, timeout: from.timing.retryTimeout });
  if (source.entries.size === 0) throw new Refusal(`${place(from)} is empty`);
  const { namespace, scope } = from.layout;
  const whole = parseView(new Layout({ namespace, scope }), source, from.store.clock);
  const busy = withGroups(whole).flatMap(busyness);
  if (busy.length > 0)
    throw new Refusal(`${busy.join('; ')}: stop all members, or pause the cluster, before it is moved`);
  const target = await to.store.read(to.layout.scopePrefix, { signal, timeout: to.timing.retryTimeout });
  const there = occupants(target, to.layout).length;
  if (there > 0) throw new Refusal(`${place(to)} is not empty: it has ${count(there, 'key')}`);
  const dump = dumpOf(from.layout, source, from.store.name);
  return { ...planRestoration(dump, target, to.layout), source };
}

/**
 * Writes the plan, then reads both stores again and compares byte by byte.
 * @throws Refusal when somebody came between, in the target or in the source; DcsError
 */
export async function migrate(from: Dcs, to: Dcs, migration: Migration, signal: AbortSignal): Promise<void> {
  const done = await restore(to.store, migration, { signal, timeout: to.timing.retryTimeout });
  if (done < migration.writes.length) {
    throw new Refusal(
      `somebody wrote to ${place(to)} meanwhile: ${done} of ${migration.writes.length} keys were written`,
    );
  }
  const target = await to.store.read(to.layout.scopePrefix, { signal, timeout: to.timing.retryTimeout });
  const odd = migration.writes.flatMap(({ write }) => {
    const held = target.entries.get(write.key);
    const isSame = write.type === 'put' && held?.value === write.value && !held.malformed && held.session === undefined;
    return isSame ? [] : [write.key];
  });
  if (odd.length > 0) throw new Refusal(`${place(to)} does not hold what was written: ${odd.join(', ')}`);
  const now = await from.store.read(from.layout.scopePrefix, { signal, timeout: from.timing.retryTimeout });
  const changed = changes(from.layout, migration.source, now);
  if (changed.length > 0) {
    throw new Refusal(
      `${place(from)} was changed while it was copied: ${changed.join(', ')}; remove the copy and repeat`,
    );
  }
}

/** Permanent keys that are not what they were, but for those that a paused leader keeps writing. */
function changes(layout: Layout, before: Snapshot, now: Snapshot): string[] {
  const keys = new Set([...before.entries.keys(), ...now.entries.keys()]);
  return [...keys]
    .map((path) => path.slice(layout.scopePrefix.length))
    .filter((key) => {
      const path = layout.scopePrefix + key;
      const [was, is] = [before.entries.get(path), now.entries.get(path)];
      if (was?.version === is?.version || LIVELY.includes(key.replace(/^\d+\//, ''))) return false;
      return !isTransient(layout, { key, session: was?.session ?? is?.session });
    });
}

/** Who could take office or leave it while it is copied. */
function busyness(view: ClusterView): string[] {
  if (isPaused(view)) return [];
  const { leader, members, scope, group } = view;
  const where = group === undefined ? scope : `${scope}/${group}`;
  if (leader !== undefined) return [`${where}: ${leader.name || 'a lock without a name'} leads`];
  if (members.length === 0) return [];
  return [`${where}: there ${members.length === 1 ? 'is' : 'are'} ${members.map(({ name }) => name).join(', ')}`];
}

function place({ layout, store }: Dcs): string {
  return `${layout.scopePrefix.slice(0, -1)} on ${store.name}`;
}
