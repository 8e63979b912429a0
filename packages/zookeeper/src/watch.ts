import { type Clock, DcsError, type Entry, type SnapshotFeed } from '@tenure/core';
import { toDcsError } from './errors.ts';
import type { MainLink } from './main-link.ts';
import { ZkError } from './rpc.ts';
import { confirm, Tree } from './tree.ts';
import type { ZkWire } from './wire.ts';

const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 1000;
/** A connection that lived longer counts as a success: after it, the pauses start anew. */
const GOOD_LIFE = 1000;

/**
 * Keeps `feed` supplied until `stop` aborts: reads the tree with a watch on every znode, reads again what a watch tells of,
 * and after every break reads all again. There is always a pause between two attempts.
 */
export async function keepWatching(
  link: MainLink,
  clock: Clock,
  prefix: string,
  feed: SnapshotFeed,
  staleAfter: number,
  stop: AbortSignal,
): Promise<void> {
  const following = new Following(clock, prefix, feed, staleAfter, stop);
  let pause = FIRST_PAUSE;
  while (!stop.aborted) {
    const began = clock.now();
    try {
      await link.use({ signal: stop }, (wire) => following.follow(link, wire));
    } catch (error) {
      if (stop.aborted) return;
      if (!(error instanceof ZkError)) {
        feed.fail(error);
        return;
      }
      const failure = toDcsError(error, 'watch', false);
      if (!following.hasRead && DcsError.is(failure, 'DENIED')) {
        feed.fail(failure);
        return;
      }
    }
    if (clock.now() - began > GOOD_LIFE) pause = FIRST_PAUSE;
    await clock.sleep(pause, stop).catch(() => {});
    pause = Math.min(pause * 2, LONGEST_PAUSE);
  }
}

class Following {
  readonly #clock: Clock;
  readonly #prefix: string;
  readonly #feed: SnapshotFeed;
  readonly #staleAfter: number;
  readonly #stop: AbortSignal;
  #shown: ReadonlyMap<string, Entry> | undefined;
  #confirmed = 0;

  constructor(clock: Clock, prefix: string, feed: SnapshotFeed, staleAfter: number, stop: AbortSignal) {
    this.#clock = clock;
    this.#prefix = prefix;
    this.#feed = feed;
    this.#staleAfter = staleAfter;
    this.#stop = stop;
  }

  get hasRead(): boolean {
    return this.#shown !== undefined;
  }

  /**
   * One connection, until it breaks. A server tells of a change to a watched znode before it answers anything from the state
   * with that change. So when the last reply of a reading has come and no change was told of meanwhile, what is in the
   * tree, be it old or new, is one state: that of the last reply.
   */
  async follow(link: MainLink, wire: ZkWire): Promise<void> {
    const tree = new Tree(this.#prefix);
    const changed = new Set<string>();
    let broken = false;
    let wake = () => {};
    const unlisten = link.listen((path) => {
      // Also of a znode that is being read for the first time: its watch is set before the reading is complete.
      if (path === undefined) broken = true;
      else if (tree.concerns(path)) changed.add(path);
      else return;
      wake();
    });
    const stopped = () => wake();
    this.#stop.addEventListener('abort', stopped, { once: true });
    try {
      let sent = this.#clock.now();
      const first = tree.load(wire, [tree.base], true, this.#stop);
      await Promise.all([confirm(wire, this.#stop), first]);
      await this.#settle(tree, wire, changed);
      this.#show(tree.entries, sent);
      while (!broken && !this.#stop.aborted) {
        const woken = Promise.withResolvers<void>();
        wake = woken.resolve;
        const cancel = this.#clock.timer(Math.max(0, sent + this.#staleAfter / 3 - this.#clock.now()), wake);
        if (changed.size === 0) await woken.promise;
        cancel();
        if (changed.size > 0) {
          await this.#settle(tree, wire, changed);
          this.#show(tree.entries, this.#confirmed);
        } else if (!broken && !this.#stop.aborted && this.#clock.now() >= sent + this.#staleAfter / 3) {
          sent = this.#clock.now();
          await confirm(wire, this.#stop);
          if (changed.size === 0) this.#show(tree.entries, sent);
        }
      }
    } finally {
      unlisten();
      this.#stop.removeEventListener('abort', stopped);
    }
  }

  async #settle(tree: Tree, wire: ZkWire, changed: Set<string>): Promise<void> {
    while (changed.size > 0) {
      const paths = [...changed].filter((path) => tree.has(path));
      changed.clear();
      await tree.load(wire, paths, true, this.#stop);
    }
  }

  #show(entries: ReadonlyMap<string, Entry>, confirmedAt: number): void {
    this.#confirmed = confirmedAt;
    if (this.#shown !== undefined && isSame(this.#shown, entries)) {
      this.#feed.confirm(confirmedAt);
      return;
    }
    this.#shown = entries;
    this.#feed.push(entries, confirmedAt);
  }
}

function isSame(one: ReadonlyMap<string, Entry>, other: ReadonlyMap<string, Entry>): boolean {
  if (one.size !== other.size) return false;
  for (const [key, { version }] of one) if (other.get(key)?.version !== version) return false;
  return true;
}
