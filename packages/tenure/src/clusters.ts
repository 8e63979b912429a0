import type { ClusterView } from '@tenure/core';

/** A view, and those of the groups of its scope. */
export function withGroups(view: ClusterView): ClusterView[] {
  return [view, ...view.groups.values()];
}

/** Whether what is in no group is a cluster too. A scope has groups or has none; for one that has both it is for people to find out why. */
export function isPlainCluster({ groups, leader, members }: ClusterView): boolean {
  return groups.size === 0 || leader !== undefined || members.length > 0;
}
