import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { LeaderEvent, LeaseEvent, OperationEvent, SessionEvent, WatchEvent } from '@tenure/core';

export interface Log<T> extends Disposable {
  readonly events: T[];
}

/** What core does to stores for this scope, as told on `tenure:operation`. */
export function operations(scope: string): Log<OperationEvent> {
  return log('tenure:operation', (event: OperationEvent) => event.scope === scope);
}

/** What core tells of the leases of this scope on `tenure:lease`. */
export function leaseEvents(scope: string): Log<LeaseEvent> {
  return log('tenure:lease', (event: LeaseEvent) => event.scope === scope);
}

/** What core tells of the sessions of this scope on `tenure:session`. */
export function sessionEvents(scope: string): Log<SessionEvent> {
  return log('tenure:session', (event: SessionEvent) => event.scope === scope);
}

/** What core tells of its watches of this scope on `tenure:watch`. */
export function watchEvents(scope: string): Log<WatchEvent> {
  return log('tenure:watch', (event: WatchEvent) => event.scope === scope);
}

/** What core tells of who leads this scope on `tenure:leader`. */
export function leaderEvents(scope: string): Log<LeaderEvent> {
  return log('tenure:leader', (event: LeaderEvent) => event.scope === scope);
}

function log<T>(channel: string, wanted: (event: T) => boolean): Log<T> {
  const events: T[] = [];
  const listen = (event: unknown) => {
    if (wanted(event as T)) events.push(event as T);
  };
  subscribe(channel, listen);
  return { events, [Symbol.dispose]: () => unsubscribe(channel, listen) };
}
