import { channel } from 'node:diagnostics_channel';
import { DcsError, type DcsErrorCode } from './errors.ts';
import type { Layout } from './layout.ts';
import type { Store } from './store.ts';

/** Published on `tenure:operation` after each call to a store. Carries no values and no credentials. */
export interface OperationEvent {
  readonly store: string;
  readonly scope: string;
  readonly operation: 'read' | 'commit' | 'open' | 'renew' | 'end';
  /** `refused`: a guard did not hold. */
  readonly outcome: 'ok' | 'refused' | 'aborted' | DcsErrorCode;
  readonly maybeApplied: boolean;
  /** Milliseconds. */
  readonly duration: number;
  /** 1 for the first try. */
  readonly attempt: number;
}

/**
 * Published on `tenure:session` when core has opened a session, when the store said that it is gone, and when core ended
 * it. Times in milliseconds.
 */
export interface SessionEvent {
  readonly store: string;
  /** `*` for a session that several Dcs share. */
  readonly scope: string;
  readonly session: string;
  readonly event: 'opened' | 'lost' | 'ended';
  /** The ttl that was asked for. */
  readonly asked: number;
  /** The ttl that was granted: how long its keys live without a renewal. */
  readonly ttl: number;
  readonly guaranteed: number;
}

/** Published on `tenure:lease`. Times in milliseconds. */
export interface LeaseEvent {
  readonly store: string;
  readonly scope: string;
  readonly group?: number;
  readonly name: string;
  readonly token: number;
  /**
   * `retimed`: `retime` moved the end of the lease, to an earlier moment while the leader key is on its way to another session,
   * and to that of the new timing afterwards.
   */
  readonly event: 'acquired' | 'renewed' | 'retimed' | 'lost' | 'released';
  /** Validity left. */
  readonly remaining: number;
  /** How far apart renewals should be, by the timing in force. */
  readonly loopWait: number;
  readonly reason?: string;
}

/**
 * Published on `tenure:watch` when a watch could not confirm its state, and when it could again; `ended`: one that could not
 * is no more.
 */
export interface WatchEvent {
  readonly store: string;
  readonly scope: string;
  readonly group?: number;
  readonly event: 'stale' | 'fresh' | 'ended';
}

/**
 * Published on `tenure:leader` when what a Dcs saw last names another leader, or another term, than what it saw before. Not for each
 * term: a watch may skip states, and a leader that watches nothing sees nothing.
 */
export interface LeaderEvent {
  readonly store: string;
  readonly scope: string;
  readonly group?: number;
  /** Absent while nobody leads. */
  readonly leader?: string;
  /** Absent while nobody leads, and when there is no valid epoch. A leader that is a Patroni does not count it up. */
  readonly token?: number;
}

const operations = channel('tenure:operation');
const sessions = channel('tenure:session');
const leases = channel('tenure:lease');
const watches = channel('tenure:watch');
const leaders = channel('tenure:leader');

export function publishOperation(event: () => OperationEvent): void {
  if (operations.hasSubscribers) operations.publish(event());
}

export function publishSession(event: () => SessionEvent): void {
  if (sessions.hasSubscribers) sessions.publish(event());
}

export function publishLease(event: () => LeaseEvent): void {
  if (leases.hasSubscribers) leases.publish(event());
}

export function publishWatch(event: () => WatchEvent): void {
  if (watches.hasSubscribers) watches.publish(event());
}

export function publishLeader(event: () => LeaderEvent): void {
  if (leaders.hasSubscribers) leaders.publish(event());
}

/** What tells one cluster of a store from another in an event. */
export function clusterOf(
  store: Store,
  { scope, group }: Layout,
): { readonly store: string; readonly scope: string; readonly group?: number } {
  return { store: store.name, scope, ...(group === undefined ? {} : { group }) };
}

export function outcomeOf(error: unknown): 'aborted' | DcsErrorCode {
  return DcsError.is(error) ? error.code : 'aborted';
}
