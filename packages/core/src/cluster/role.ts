import type { MemberData } from '../documents/member.ts';
import type { ClusterView } from '../view.ts';
import { isQuorumCommitMode, isStandbyCluster } from './mode.ts';
import { isSynchronous } from './synchronous.ts';

export type ClusterRole = 'leader' | 'standby_leader' | 'sync_standby' | 'quorum_standby' | 'replica';

/**
 * What the member `name` is in its cluster, by the keys `leader`, `sync` and `config`, not by what it says of itself.
 * Source: `cluster_as_json` in patroni/utils.py.
 */
export function roleOf(view: ClusterView, name: string): ClusterRole {
  if (name === view.leader?.name) return isStandbyCluster(view) ? 'standby_leader' : 'leader';
  if (!isSynchronous(view, name)) return 'replica';
  return isQuorumCommitMode(view) ? 'quorum_standby' : 'sync_standby';
}

/** The role that a member says it has, in the words of Patroni 4: before, a `primary` was a `master`. */
export function announcedRole({ role }: MemberData): string | undefined {
  return role === 'master' ? 'primary' : role;
}
