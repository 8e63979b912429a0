import type { Guard, Layout, Snapshot, Store, Write } from '@tenure/core';
import { type Dump, isTransient } from './dump.ts';

/** One step of a restoration. */
export interface Step {
  readonly action: 'put' | 'keep' | 'delete' | 'leave out';
  readonly key: string;
  readonly why?: string;
}

/** A write under the guard of its own key, and of nobody leading the group that the key is of. */
export interface GuardedWrite {
  readonly write: Write;
  readonly guard: Guard;
  readonly vacant: Guard;
}

export interface Restoration {
  readonly steps: readonly Step[];
  readonly writes: readonly GuardedWrite[];
}

/**
 * What makes the permanent keys of the scope those of the dump. An `epoch` never goes back, and is not removed: tokens that
 * were given out must not be given out again.
 */
export function planRestoration(dump: Dump, target: Snapshot, layout: Layout): Restoration {
  const steps: Step[] = [];
  const writes: GuardedWrite[] = [];
  const wanted = new Set<string>();
  for (const { key, value, session } of dump.keys) {
    if (isTransient(layout, { key, session })) {
      steps.push({ action: 'leave out', key, why: 'it lives with its process' });
      continue;
    }
    wanted.add(key);
    const path = layout.scopePrefix + key;
    const held = target.entries.get(path);
    const next = isEpoch(layout, path) ? later(value, held?.value) : value;
    if (held !== undefined && held.value === next && held.session === undefined) steps.push({ action: 'keep', key });
    else {
      steps.push({ action: 'put', key });
      const guard = { key: path, version: held?.version ?? null };
      writes.push({ write: { type: 'put', key: path, value: next }, guard, vacant: vacancy(layout, key) });
    }
  }
  for (const [path, { version, session }] of target.entries) {
    const key = path.slice(layout.scopePrefix.length);
    if (wanted.has(key) || isEpoch(layout, path) || isTransient(layout, { key, session })) continue;
    steps.push({ action: 'delete', key });
    writes.push({ write: { type: 'delete', key: path }, guard: { key: path, version }, vacant: vacancy(layout, key) });
  }
  return { steps, writes };
}

/**
 * Writes it: in one commit when the store takes it as one, otherwise in several, each of them whole.
 * @returns how many of the writes were done: all, or fewer when somebody else came between
 * @throws DcsError, RangeError as `Store.commit` does
 */
export async function restore(
  store: Store,
  { writes }: Restoration,
  options: { readonly signal: AbortSignal; readonly timeout: number },
): Promise<number> {
  // Three operations at most for each.
  const room = Math.floor(store.limits.maxCommitOps / 3);
  for (let done = 0; done < writes.length; done += room) {
    const part = writes.slice(done, done + room);
    const vacant = new Map(part.map(({ vacant }) => [vacant.key, vacant]));
    const guards = [...vacant.values(), ...part.map(({ guard }) => guard)];
    if ((await store.commit({ guards, writes: part.map(({ write }) => write) }, options)) === undefined) return done;
  }
  return writes.length;
}

function vacancy(layout: Layout, key: string): Guard {
  const group = /^(?:0|[1-9]\d*)\//.exec(key)?.[0] ?? '';
  return { key: `${layout.scopePrefix}${group}leader`, version: null };
}

/**
 * The keys that make a scope one that is in use. An epoch alone does not: it is what is left of a cluster that was removed, and
 * the later of two is kept.
 */
export function occupants(target: Snapshot, layout: Layout): string[] {
  return [...target.entries.keys()].filter((path) => !isEpoch(layout, path));
}

function isEpoch(layout: Layout, path: string): boolean {
  const parsed = layout.parse(path);
  return parsed?.type === 'key' && parsed.name === 'epoch';
}

/** The larger of two counters; what is none does not count. */
function later(dumped: string, held: string | undefined): string {
  const isCounter = (text: string | undefined): text is string => text !== undefined && /^[0-9]+$/.test(text);
  if (!isCounter(held)) return dumped;
  return isCounter(dumped) && BigInt(dumped) > BigInt(held) ? dumped : held;
}
