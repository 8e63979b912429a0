export {
  type ClusterView,
  type ConfigDocument,
  Dcs,
  DcsError,
  type DcsErrorCode,
  type DcsOptions,
  Document,
  type FailoverRequest,
  type Failsafe,
  type HistoryLine,
  type LeaderView,
  type LeadOptions,
  Lease,
  lead,
  type MemberData,
  type MemberView,
  type Problem,
  SharedSession,
  type Status,
  type SyncState,
  type Timing,
  type Version,
  type Versioned,
} from '@tenure/core';
export type { Config } from './config.ts';
export type { ConsulConfig } from './consul-section.ts';
export type { EtcdConfig } from './etcd-section.ts';
export { open } from './open.ts';
export type { ZooKeeperConfig } from './zookeeper-section.ts';
