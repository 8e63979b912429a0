import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { LeaderEvent, LeaseEvent, OperationEvent, SessionEvent, WatchEvent } from '@tenure/core';

/** What core publishes, by the channel's name after `tenure:`. */
export interface Listeners {
  operation(event: OperationEvent): void;
  session(event: SessionEvent): void;
  lease(event: LeaseEvent): void;
  watch(event: WatchEvent): void;
  leader(event: LeaderEvent): void;
}

/** Listens on the channels until the returned function is called, which may be called twice. */
export function listen(listeners: Partial<Listeners>): () => void {
  const taken = Object.entries(listeners).map(([channel, tell]) => {
    const hear = (event: unknown) => (tell as (event: unknown) => void)(event);
    subscribe(`tenure:${channel}`, hear);
    return () => unsubscribe(`tenure:${channel}`, hear);
  });
  return () => {
    for (const leave of taken) leave();
  };
}
