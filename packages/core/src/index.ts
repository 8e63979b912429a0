export { type AdjustedTiming, adjustTiming } from './adjust-timing.ts';
export { Bounds, type Ends } from './bounds.ts';
export { breakOff } from './break-off.ts';
export { type Clock, type ClockSources, SystemClock, sleepOn, systemClock } from './clock.ts';
export { addressOf, type MemberAddress } from './cluster/address.ts';
export { type Candidates, candidates, type LeaderChange, type Obstacle } from './cluster/candidates.ts';
export { cloneSources } from './cluster/clone-sources.ts';
export { lagOf, positionOf, receiveLagOf, replayLagOf } from './cluster/lag.ts';
export { formatLsn } from './cluster/lsn.ts';
export {
  isFailsafeMode,
  isPaused,
  isQuorumCommitMode,
  isStandbyCluster,
  isSynchronousMode,
  isTimelineChecked,
  maximumLagOnFailover,
} from './cluster/mode.ts';
export { announcedRole, type ClusterRole, roleOf } from './cluster/role.ts';
export { toBoolean } from './cluster/setting.ts';
export { isSynchronous, isSynchronousActive } from './cluster/synchronous.ts';
export { type MemberTags, tagsOf } from './cluster/tags.ts';
export { type TopologyNode, topologyOf, upstreamOf } from './cluster/topology.ts';
export type { Codec, Decoded, Encoding, Versioned } from './codec.ts';
export { Dcs, type DcsOptions, type OperationOptions } from './dcs.ts';
export type { LeaderEvent, LeaseEvent, OperationEvent, SessionEvent, WatchEvent } from './diagnostics.ts';
export { Document, type ReadOptions, type UpdateOptions, type WriteOptions } from './document.ts';
export type { ConfigDocument } from './documents/config.ts';
export { type FailoverRequest, failoverAction, isFailoverRequested, parseScheduledAt } from './documents/failover.ts';
export type { Failsafe } from './documents/failsafe.ts';
export { type HistoryLine, timelineOf } from './documents/history.ts';
export type { MemberData } from './documents/member.ts';
export type { Status } from './documents/status.ts';
export { isSyncMember, isSyncStandby, type SyncState } from './documents/sync.ts';
export { DcsError, type DcsErrorCode, type DcsErrorOptions } from './errors.ts';
export { SnapshotFeed } from './feed.ts';
export type { Grant } from './grant.ts';
export { InitializeDocument } from './initialize.ts';
export { toIso } from './iso.ts';
export { encodeJson } from './json.ts';
export { assertName, assertScope, Layout, type LayoutOptions } from './layout.ts';
export { type LeadOptions, lead } from './lead.ts';
export { Lease, type ReleaseOptions, type RenewOptions } from './lease.ts';
export { Rotated } from './rotated.ts';
export { SharedSession } from './shared-session.ts';
export type {
  CallOptions,
  Commit,
  Entry,
  Guard,
  Limits,
  Session,
  Snapshot,
  Store,
  Txn,
  Version,
  WatchOptions,
  Write,
} from './store.ts';
export { type Supply, supplied } from './supplied.ts';
export { resolveTiming, shortage, type Timing } from './timing.ts';
export { TlsFiles, type TlsMaterial, type TlsOptions } from './tls-files.ts';
export { assertTtl, assertTxn } from './txn.ts';
export { type Fits, type Guarantor, type Shortage, validity } from './validity.ts';
export { type ClusterView, type LeaderView, type MemberView, type Problem, parseView } from './view.ts';
