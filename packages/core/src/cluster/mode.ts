import { isJsonObject } from '../json.ts';
import type { ClusterView } from '../view.ts';
import { isTruthy, toBoolean, toInteger } from './setting.ts';

/*
 * What the shared configuration says of the cluster, as Patroni reads it (patroni/global_config.py). A config that is
 * absent or cannot be read says nothing, and every mode is off: Patroni goes on with the last one it could read, and so
 * should a daemon; `view.config.problem` tells.
 */

/** Maintenance mode: nobody is elected or deposed without being asked for by name. */
export function isPaused(view: ClusterView): boolean {
  return isOn(view, 'pause');
}

/** The leader may go on without the store while all members answer it. */
export function isFailsafeMode(view: ClusterView): boolean {
  return isOn(view, 'failsafe_mode');
}

/** Quorum commit: `synchronous_mode: quorum`. */
export function isQuorumCommitMode(view: ClusterView): boolean {
  return String(view.config.value?.synchronous_mode).toLowerCase() === 'quorum';
}

/** Synchronous replication is asked for, with or without quorum commit. A standby cluster has none. */
export function isSynchronousMode(view: ClusterView): boolean {
  return (isOn(view, 'synchronous_mode') || isQuorumCommitMode(view)) && !isStandbyCluster(view);
}

/** The leader follows another cluster: `standby_cluster` with a host, a port or a restore_command. */
export function isStandbyCluster(view: ClusterView): boolean {
  const section = view.config.value?.standby_cluster;
  if (!isJsonObject(section)) return false;
  return ['host', 'port', 'restore_command'].some((field) => isTruthy(section[field]));
}

/** A member on an older timeline than the cluster's may not lead. */
export function isTimelineChecked(view: ClusterView): boolean {
  return isOn(view, 'check_timeline');
}

/** Bytes that a member may be behind and yet lead. 1,048,576 when the config does not say. */
export function maximumLagOnFailover(view: ClusterView): number {
  return toInteger(view.config.value?.maximum_lag_on_failover) ?? 1_048_576;
}

function isOn(view: ClusterView, mode: string): boolean {
  return toBoolean(view.config.value?.[mode]) === true;
}
