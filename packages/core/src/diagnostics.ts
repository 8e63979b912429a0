import { channel } from 'node:diagnostics_channel';
import { DcsError, type DcsErrorCode } from './errors.ts';

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

/** Published on `tenure:lease`. */
export interface LeaseEvent {
  readonly scope: string;
  readonly name: string;
  readonly token: number;
  readonly event: 'acquired' | 'renewed' | 'lost' | 'released';
  /** Milliseconds of validity left. */
  readonly remaining: number;
  readonly reason?: string;
}

/** Published on `tenure:watch` when a watch could not confirm its state, and when it could again. */
export interface WatchEvent {
  readonly store: string;
  readonly scope: string;
  readonly event: 'stale' | 'fresh';
}

const operations = channel('tenure:operation');
const sessions = channel('tenure:session');
const leases = channel('tenure:lease');
const watches = channel('tenure:watch');

export function publishOperation(event: () => OperationEvent): void {
  if (operations.hasSubscribers) operations.publish(event());
}

export function publishSession(event: () => SessionEvent): void {
  if (sessions.hasSubscribers) sessions.publish(event());
}

export function publishLease(event: LeaseEvent): void {
  if (leases.hasSubscribers) leases.publish(event);
}

export function publishWatch(event: WatchEvent): void {
  if (watches.hasSubscribers) watches.publish(event);
}

export function outcomeOf(error: unknown): 'aborted' | DcsErrorCode {
  return DcsError.is(error) ? error.code : 'aborted';
}
