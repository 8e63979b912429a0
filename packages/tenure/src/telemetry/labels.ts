import type { LeaseEvent } from '@tenure/core';

/** What tells one cluster of a store from another. A scope without groups has an empty group. */
export function clusterLabels({ store, scope, group }: Pick<LeaseEvent, 'store' | 'scope' | 'group'>): {
  readonly store: string;
  readonly scope: string;
  readonly group: string;
} {
  return { store, scope, group: group === undefined ? '' : String(group) };
}

/** One series, as the key of a map. */
export function keyOf(labels: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.values(labels));
}
