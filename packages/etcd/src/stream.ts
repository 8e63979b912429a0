import type { SnapshotFeed } from '@tenure/core';
import type { EtcdClient } from './client.ts';
import { faultOf } from './errors.ts';
import { RpcError, type RpcHeader, status, type WatchEvent } from './rpc.ts';
import type { State } from './state.ts';
import { behind } from './terms.ts';

/** Progress requests in one `staleAfter`: see `ask` below for why a state is at most two of them old. */
const ASKS_PER_STALENESS = 4;
/** The least time that an answer gets: a busy machine is no broken stream. */
const PATIENCE = 1000;

/** A moment, and the newest revision that was known to exist at it. */
interface Mark {
  readonly at: number;
  readonly revision: bigint;
}

/**
 * Follows one watch stream, from the revision after `from`, which was the state at `asOf`. Resolves with the last state
 * when the stream is over, for whatever reason; what a fresh stream needs to do better is noted in `client` by then.
 */
export async function follow(
  client: EtcdClient,
  prefix: string,
  feed: SnapshotFeed,
  from: State,
  asOf: number,
  staleAfter: number,
  stop: AbortSignal,
): Promise<State> {
  const { clock } = client;
  const interval = staleAfter / ASKS_PER_STALENESS;
  // Just under the interval, so that a timer that fires a little early does not grant a second one.
  const patience = Math.max(0.9 * interval, PATIENCE);
  const { member, token, known } = await client.forWatch({ timeout: patience, signal: stop });
  const opened = clock.now();
  const over = Promise.withResolvers<void>();
  let state = from;
  let events: WatchEvent[] = [];
  let created = false;
  let confirmed = asOf;
  let answered: Mark = { at: asOf, revision: from.revision };
  let asked: Mark | undefined;
  let cancelTimer = () => {};

  const leave = () => {
    client.avoid(member);
    over.resolve();
  };
  const failed = (error: RpcError) => {
    const { remedy } = faultOf(error);
    if (remedy === 'token') client.forget(token);
    if (remedy === 'endpoint') client.avoid(member);
    over.resolve();
  };
  /**
   * An answer tells that the stream is alive, and how far it is. Before etcd 3.4.25 and 3.5.8 it may overtake events that
   * were under way when it was asked for; those that were under way at the time of the request before it have come by then.
   * So an answer confirms the state as of the request before.
   */
  const ask = () => {
    const now = clock.now();
    const waitsSince = created ? asked?.at : opened;
    if (waitsSince !== undefined && now - waitsSince >= patience) {
      leave();
      return;
    }
    cancelTimer = clock.timer(interval, ask);
    if (waitsSince !== undefined) return;
    asked = { at: now, revision: client.guard.known().revision };
    watch.progress();
  };
  const answer = (header: RpcHeader) => {
    if (asked === undefined) return;
    if (header.revision < answered.revision) {
      leave();
      return;
    }
    confirmed = answered.at;
    answered = asked;
    asked = undefined;
    feed.confirm(confirmed);
  };

  const watch = member.rpc.watch(prefix, from.revision + 1n, token, {
    onEnd: failed,
    onReply: (reply) => {
      if (reply.header.cluster !== state.cluster || behind(reply.header, known)) leave();
      else if (reply.canceled !== undefined) failed(new RpcError(status.cancelled, reply.canceled));
      else if (reply.progress) answer(reply.header);
      else {
        created ||= reply.created;
        events.push(...reply.events);
        if (reply.fragment || events.length === 0) return;
        const next = state.after(events);
        events = [];
        if (next === state) return;
        state = next;
        feed.push(state.entries, confirmed);
      }
    },
  });
  const stopped = () => over.resolve();
  stop.addEventListener('abort', stopped, { once: true });
  cancelTimer = clock.timer(interval, ask);
  try {
    if (!stop.aborted) await over.promise;
    return state;
  } finally {
    cancelTimer();
    stop.removeEventListener('abort', stopped);
    watch.cancel();
  }
}
