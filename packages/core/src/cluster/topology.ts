import type { ClusterView, MemberView } from '../view.ts';
import { tagsOf } from './tags.ts';

/** A member and those that follow it, as a tree. */
export interface TopologyNode {
  readonly member: MemberView;
  readonly followers: readonly TopologyNode[];
}

/**
 * Who follows whom: a replica follows the replica that its tag `replicatefrom` names, or else the leader (`topology_sort`
 * in patroni/ctl.py). The roots are the leader, and who has nobody to follow: each replica of a leader that is not there,
 * and of replicas that name each other in a ring the first. Patroni's list leaves such a ring out.
 */
export function topologyOf(view: ClusterView): readonly TopologyNode[] {
  const leader = view.leader?.member;
  const open = new Set(view.members);
  const take = (member: MemberView): TopologyNode => {
    // Before its followers, or a ring would never end.
    open.delete(member);
    const followers = view.members.filter((other) => open.has(other) && upstreamOf(view, other) === member);
    return { member, followers: followers.map(take) };
  };
  const roots = leader === undefined ? [] : [take(leader)];
  const heads = view.members.filter((member) => open.has(member) && upstreamOf(view, member) === undefined);
  roots.push(...heads.map(take));
  for (const member of view.members) if (open.has(member)) roots.push(take(member));
  return roots;
}

/** The member whose changes this one follows, as far as it is there; `undefined` for the leader. */
export function upstreamOf(view: ClusterView, member: MemberView): MemberView | undefined {
  const leader = view.leader?.member;
  if (member.name === leader?.name) return undefined;
  const { replicatefrom } = tagsOf(member.data);
  const named = view.members.find(({ name }) => name === replicatefrom && name !== member.name);
  return named ?? leader;
}
