import { DcsError, type SnapshotFeed } from '@tenure/core';
import type { EtcdClient } from './client.ts';
import { unavailable } from './errors.ts';
import { RpcError } from './rpc.ts';
import { State } from './state.ts';
import { follow } from './stream.ts';

const FIRST_PAUSE = 100;
const SHORTEST_READ = 1000;
const LONGEST_READ = 10_000;
/** A stream that lived longer counts as a success: after it, the pauses start anew. */
const GOOD_LIFE = 1000;

/**
 * Keeps `feed` supplied until `stop` aborts: reads, follows a stream from that revision on, and after every break reads
 * again. The pauses between two attempts double, up to half of `staleAfter`: Dcs gives its `loopWait` there.
 */
export async function keepWatching(
  client: EtcdClient,
  prefix: string,
  feed: SnapshotFeed,
  staleAfter: number,
  stop: AbortSignal,
): Promise<void> {
  let state: State | undefined;
  let pause = FIRST_PAUSE;
  const timeout = Math.min(Math.max(staleAfter, SHORTEST_READ), LONGEST_READ);
  while (!stop.aborted) {
    const began = client.clock.now();
    try {
      const read = State.of(await client.read(prefix, { signal: stop, timeout }));
      if (state?.isNewerThan(read)) throw unavailable(`watch: read revision ${read.revision} after ${state.revision}`);
      if (state?.equals(read)) feed.confirm(began);
      else feed.push(read.entries, began);
      state = read;
      state = await follow(client, prefix, feed, read, began, staleAfter, stop);
    } catch (error) {
      if (stop.aborted) return;
      const denied = state === undefined && DcsError.is(error, 'DENIED');
      const ours = error instanceof DcsError || error instanceof RpcError;
      if (denied || !ours || DcsError.is(error, 'CLOSED')) {
        feed.fail(error);
        return;
      }
    }
    if (client.clock.now() - began > GOOD_LIFE) pause = FIRST_PAUSE;
    await client.clock.sleep(pause, stop).catch(() => {});
    pause = Math.min(pause * 2, Math.max(FIRST_PAUSE, staleAfter / 2));
  }
}
