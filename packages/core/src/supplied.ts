import { setMaxListeners } from 'node:events';
import type { Clock } from './clock.ts';
import { DEFAULT_STALE_AFTER, SnapshotFeed } from './feed.ts';
import type { Snapshot, WatchOptions } from './store.ts';

/** The adapter's half of one watch: keeps `feed` supplied until `stop` aborts. What it throws ends the iteration. */
export type Supply = (feed: SnapshotFeed, staleAfter: number, stop: AbortSignal) => Promise<void>;

/**
 * What `Store.watch` gives: each iteration has a feed of its own, supplied until the consumer leaves or aborts, or until
 * `closing` aborts, which fails it with that signal's reason.
 * @throws RangeError for a staleAfter that is not more than 0
 */
export function supplied(
  clock: Clock,
  options: WatchOptions,
  closing: AbortSignal,
  supply: Supply,
): AsyncIterable<Snapshot> {
  const { staleAfter = DEFAULT_STALE_AFTER } = options;
  if (!(staleAfter > 0)) throw new RangeError(`staleAfter: ${staleAfter} ms; it must be more than 0`);
  return {
    [Symbol.asyncIterator]: () => {
      const stop = new AbortController();
      setMaxListeners(0, stop.signal);
      const close = () => feed.fail(closing.reason);
      const feed = new SnapshotFeed(clock, options, () => {
        closing.removeEventListener('abort', close);
        stop.abort();
      });
      if (closing.aborted) close();
      else if (!feed.ended) {
        closing.addEventListener('abort', close, { once: true });
        supply(feed, staleAfter, stop.signal).catch((error: unknown) => feed.fail(error));
      }
      return feed;
    },
  };
}
