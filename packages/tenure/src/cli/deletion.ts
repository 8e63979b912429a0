import { type Dcs, DcsError, type Guard, type Version } from '@tenure/core';
import { EXIT, Exit } from './exit.ts';

/** All keys of a cluster but its epoch: also those of other applications. What lies in the groups of a scope is not its own. */
export async function keysOf({ store, layout, timing }: Dcs, signal: AbortSignal): Promise<string[]> {
  const { entries } = await store.read(layout.prefix, { signal, timeout: timing.retryTimeout });
  const isOfGroup = (key: string) => layout.group === undefined && layout.parse(key)?.group !== undefined;
  return [...entries.keys()].filter((key) => key !== layout.key('epoch') && !isOfGroup(key)).sort();
}

/**
 * Deletes keys, the leader's first, in as many commits as the store wants. Each takes effect only while the leadership is
 * what it was: the version of the leader's key, or `null`, and after the first commit nobody's.
 * @throws Exit 1 when somebody took office
 */
export async function deleteKeys(
  { store, layout, timing }: Dcs,
  keys: readonly string[],
  leader: Version | null,
  signal: AbortSignal,
): Promise<void> {
  const leaderKey = layout.key('leader');
  const inOrder = [...keys].sort((a, b) => Number(b === leaderKey) - Number(a === leaderKey));
  // One place is the guard's.
  const most = store.limits.maxCommitOps - 1;
  for (let from = 0; from < inOrder.length; from += most) {
    const guards: Guard[] = [{ key: leaderKey, version: from === 0 ? leader : null }];
    const writes = inOrder.slice(from, from + most).map((key) => ({ type: 'delete', key }) as const);
    const commit = await store.commit({ guards, writes }, { signal, timeout: timing.retryTimeout });
    if (commit !== undefined) continue;
    const done = from === 0 ? 'nothing was removed' : `${from} of ${inOrder.length} keys were removed`;
    throw new Exit(EXIT.failed, `refused: who leads has changed; ${done}`);
  }
}

/** What stands in a scope whose keys were deleted. */
export interface Remains {
  /** Keys that were written since; `undefined` when nobody knows. */
  readonly again: readonly string[] | undefined;
  /** Why nobody knows. */
  readonly problem?: string;
}

/** Looks at what there is again. A store that goes away meanwhile is no failure: the keys are gone. */
export async function remainsOf(dcs: Dcs, signal: AbortSignal): Promise<Remains> {
  try {
    return { again: await keysOf(dcs, signal) };
  } catch (error) {
    if (!DcsError.is(error)) throw error;
    return { again: undefined, problem: error.message };
  }
}
