import type { ClusterView, MemberView } from '../view.ts';
import { tagsOf } from './tags.ts';

/**
 * The members from which `name` may be copied, any of which will do: those that run and are tagged `clonefrom`; when there
 * are none, the leader. Empty when the leader's member key is gone or tells no `conn_url`. Source: `get_clone_member` in
 * patroni/dcs/__init__.py, which takes one at random.
 */
export function cloneSources(view: ClusterView, name: string): readonly MemberView[] {
  const leader = view.leader?.member;
  const offering = view.members.filter(
    (member) =>
      member.name !== name &&
      member.name !== view.leader?.name &&
      member.data.state === 'running' &&
      tagsOf(member.data).clonefrom,
  );
  if (offering.length > 0) return offering;
  return leader?.data.conn_url && leader.name !== name ? [leader] : [];
}
