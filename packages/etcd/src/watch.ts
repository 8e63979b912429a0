import { DcsError, type SnapshotFeed } from '@tenure/core';
import type { EtcdClient } from './client.ts';
import { unavailable } from './errors.ts';
import { RpcError } from './rpc.ts';
import { State } from './state.ts';
import { follow } from './stream.ts';

const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 1000;
/** A stream that lived this long counts as a success: the next break is mended at once. */
const GOOD_LIFE = 1000;

/**
 * Keeps `feed` supplied until `stop` aborts: reads, follows a stream from that revision on, and reads again after every
 * break. No two attempts are closer than the pause between them.
 */
export async function watch(
  client: EtcdClient,
  prefix: string,
  feed: SnapshotFeed,
  staleAfter: number,
  stop: AbortSignal,
): Promise<void> {
  let state: State | undefined;
  let pause = FIRST_PAUSE;
  while (!stop.aborted) {
    const began = client.clock.now();
    try {
      const read = await readState(client, prefix, stop, staleAfter);
      if (state?.isNewerThan(read)) throw unavailable(`watch: revision ${read.revision} is older than ${state.revision}`);
      if (state?.equals(read)) feed.confirm(began);
      else feed.push(read.entries, began);
      state = read;
      state = await follow(client, prefix, feed, read, began, staleAfter, stop);
    } catch (error) {
      if (stop.aborted) return;
      const first = state === undefined;
      if (DcsError.is(error, 'CLOSED') || (first && DcsError.is(error, 'DENIED'))) {
        feed.fail(error);
        return;
      }
    }
    if (client.clock.now() - began > GOOD_LIFE) pause = FIRST_PAUSE;
    await client.clock.sleep(pause, stop).catch(() => {});
    pause = Math.min(pause * 2, LONGEST_PAUSE);
  }
}
