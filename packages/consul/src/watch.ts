import { DcsError, type Entry, type SnapshotFeed } from '@tenure/core';
import { type ConsulClient, listOn } from './client.ts';
import { sameEntries, toEntries } from './entry.ts';
import { faultOf, toDcsError } from './errors.ts';
import { type ListReply, RpcError } from './rpc.ts';

/**
 * An answer to a blocking query tells what was true when it was sent, and the next one comes a whole wait later: two waits
 * and the sixteenth by which Consul stretches each (rpc.go `JitterFraction`) fit into one `staleAfter`.
 */
const WAITS_PER_STALENESS = 3;
const JITTER = 1 / 16;
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 1000;

/**
 * Keeps `feed` supplied until `stop` aborts, by blocking queries of which each is confirmed by a leader with a quorum: so no
 * answer is older than the one before it, whichever agent gave it. After a failure the next query does not block.
 */
export async function keepWatching(
  client: ConsulClient,
  prefix: string,
  feed: SnapshotFeed,
  staleAfter: number,
  stop: AbortSignal,
): Promise<void> {
  const wait = staleAfter / WAITS_PER_STALENESS;
  let state: ReadonlyMap<string, Entry> | undefined;
  let index = 0;
  let pause = FIRST_PAUSE;
  while (!stop.aborted) {
    const began = client.clock.now();
    const blocked = index > 0;
    try {
      const reply =
        state === undefined
          ? await client.read(prefix, { signal: stop, timeout: staleAfter })
          : await poll(client, prefix, index, wait, stop);
      if (stop.aborted) return;
      const entries = toEntries(reply.entries);
      const same = state !== undefined && sameEntries(state, entries);
      if (same) feed.confirm(began);
      else feed.push(entries, began);
      state = entries;
      // Reaped tombstones and restored snapshots set the index back (Consul, "Blocking Queries", "Reset the index").
      index = reply.index < index ? 0 : reply.index;
      // With nothing under the prefix the index is that of all keys, and every write of anybody ends the wait.
      const early = same && !(blocked && client.clock.now() - began >= wait);
      if (!early) pause = FIRST_PAUSE;
      if (!early && index > 0) continue;
    } catch (error) {
      if (stop.aborted) return;
      const refused = state === undefined && DcsError.is(error, 'DENIED');
      if (refused || !DcsError.is(error) || error.code === 'CLOSED') {
        feed.fail(error);
        return;
      }
      index = 0;
    }
    await client.clock.sleep(pause, stop).catch(() => {});
    pause = Math.min(pause * 2, LONGEST_PAUSE);
  }
}

/** One query to the agent that answered last. It blocks when there is an index to pass. */
async function poll(
  client: ConsulClient,
  prefix: string,
  index: number,
  wait: number,
  signal: AbortSignal,
): Promise<ListReply> {
  const agent = client.agents.first;
  const [blocking, timeout] = index > 0 ? [{ index, wait }, wait * (2 + JITTER)] : [undefined, wait];
  try {
    return await listOn(agent.rpc, prefix, blocking, { timeout, signal });
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    if (faultOf(error).remedy === 'endpoint') client.agents.avoid(agent);
    throw toDcsError(error, `watch at ${agent.url}`, false);
  }
}
