import type { MemberData } from '../documents/member.ts';
import type { ClusterView, MemberView } from '../view.ts';

/** The furthest position that a member tells of, received or replayed; `undefined` when it tells none. */
export function positionOf({ xlog_location, receive_lsn, replay_lsn }: MemberData): number | undefined {
  const known = [xlog_location, receive_lsn, replay_lsn].map(nonZero);
  const positions = known.filter((position) => position !== undefined);
  return positions.length === 0 ? undefined : Math.max(...positions);
}

/**
 * Bytes that would be lost if the member led now: from the furthest position that it tells of to the leader's last status.
 * 0 for the leader, and for one that is ahead of that status. `undefined` when either is not known, which is not 0:
 * where Patroni has no status it reports no lag (`cluster_as_json` in patroni/utils.py).
 */
export function lagOf(view: ClusterView, member: MemberView): number | undefined {
  if (member.name === view.leader?.name) return 0;
  return behind(view, positionOf(member.data));
}

/** Bytes that the member did not receive yet; `undefined` when it is not known. Patroni tells since 4.1. */
export function receiveLagOf(view: ClusterView, { data }: MemberView): number | undefined {
  return behind(view, data.receive_lsn);
}

/** Bytes that the member did not replay yet; `undefined` when it is not known. Patroni tells since 4.1. */
export function replayLagOf(view: ClusterView, { data }: MemberView): number | undefined {
  return behind(view, data.replay_lsn);
}

function behind({ status }: ClusterView, position: number | undefined): number | undefined {
  const [end, at] = [nonZero(status.value?.optime), nonZero(position)];
  return end === undefined || at === undefined ? undefined : Math.max(0, end - at);
}

/** A position of 0 is written by who does not know one. */
function nonZero(position: number | undefined): number | undefined {
  return position === 0 ? undefined : position;
}
