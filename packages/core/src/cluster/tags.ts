import type { MemberData } from '../documents/member.ts';
import { isTruthy, toBoolean, toInteger } from './setting.ts';

/** What a member's tags mean. Those of other names are in `data.tags`, as they were written. */
export interface MemberTags {
  /** It never leads: says so, or has a priority of 0 or less. */
  readonly nofailover: boolean;
  /** Among members that are equally far the highest leads; 0 for one that never does, 1 when it does not say. */
  readonly failoverPriority: number;
  /** It takes no readers. */
  readonly noloadbalance: boolean;
  /** New members may be copied from it. Without a `conn_url` nobody can. */
  readonly clonefrom: boolean;
  /** It is never a synchronous standby: says so, or has a priority of 0 or less. */
  readonly nosync: boolean;
  /** Among possible synchronous standbys the highest is taken; 0 for one that is never, 1 when it does not say. */
  readonly syncPriority: number;
  /** The member whose changes it wants to follow, instead of the leader's. */
  readonly replicatefrom: string | undefined;
  /** It follows by archive only. */
  readonly nostream: boolean;
}

/** Source: patroni/tags.py, and `Member.clonefrom` in patroni/dcs/__init__.py. */
export function tagsOf({ tags = {}, conn_url }: MemberData): MemberTags {
  const { replicatefrom } = tags;
  return {
    nofailover: isForbidden(tags.nofailover, tags.failover_priority),
    failoverPriority: priority(tags.nofailover, tags.failover_priority),
    noloadbalance: isTruthy(tags.noloadbalance),
    clonefrom: isTruthy(tags.clonefrom) && isTruthy(conn_url),
    nosync: isForbidden(tags.nosync, tags.sync_priority),
    syncPriority: priority(tags.nosync, tags.sync_priority),
    replicatefrom: typeof replicatefrom === 'string' && replicatefrom !== '' ? replicatefrom : undefined,
    nostream: toBoolean(tags.nostream) === true,
  };
}

/** The switch wins over the priority when both are there, also when it is off. */
function isForbidden(flag: unknown, rank: unknown): boolean {
  if (flag !== undefined && flag !== null) return isTruthy(flag);
  const asked = toInteger(rank);
  return asked !== undefined && asked <= 0;
}

function priority(flag: unknown, rank: unknown): number {
  return isTruthy(flag) ? 0 : Math.max(0, toInteger(rank) ?? 1);
}
