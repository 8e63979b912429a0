import { isSyncStandby } from '../documents/sync.ts';
import type { ClusterView } from '../view.ts';
import { isSynchronousMode } from './mode.ts';

/**
 * Whether the member `name` is a synchronous standby now, or under quorum commit one of those whose confirmations count.
 * The config must ask for synchronous replication: the `sync` of a cluster that turned it off says nothing. Letter case
 * does not count. A standby named `*` is nobody: in PostgreSQL's own list it stands for any, which Patroni writes when
 * there is none. The leader is not a standby.
 */
export function isSynchronous(view: ClusterView, name: string): boolean {
  return isSynchronousMode(view) && name !== view.leader?.name && isSyncStandby(view.sync.value, name);
}

/** Synchronous replication is asked for and has begun: the leader has put its name into `sync`. */
export function isSynchronousActive(view: ClusterView): boolean {
  return isSynchronousMode(view) && (view.sync.value?.leader ?? null) !== null;
}
