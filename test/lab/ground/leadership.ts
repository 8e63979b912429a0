import type { Layout, Snapshot } from '@tenure/core';

/** What makes somebody leader on the server. */
export interface Leadership {
  readonly key: string;
  readonly name: string;
  /** Of which the key goes with, if it does. */
  readonly session: string | undefined;
}

/** Finds it in a scope. */
export type FindLeadership = (entries: Snapshot['entries'], layout: Layout) => Leadership | undefined;

/** The leader key names the leader. */
export const byLeaderKey: FindLeadership = (entries, layout) => {
  const key = layout.key('leader');
  const entry = entries.get(key);
  return entry && { key, name: entry.value, session: entry.session };
};
