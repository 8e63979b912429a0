export { type Clock, SystemClock, systemClock } from './clock.ts';
export { DcsError, type DcsErrorCode, type DcsErrorOptions } from './errors.ts';
export { SnapshotFeed } from './feed.ts';
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
export { assertTtl, assertTxn } from './txn.ts';
