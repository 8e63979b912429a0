import type { Entry, SnapshotFeed } from '@tenure/core';
import { sameEntries } from './entry.ts';

/** One prefix, its last known state, and its watches: each with whether it was told a state. */
export interface Watched {
  readonly prefix: string;
  readonly feeds: Map<SnapshotFeed, boolean>;
  entries: ReadonlyMap<string, Entry> | undefined;
}

/** The watches of one store by their prefixes. */
export class Prefixes implements Iterable<Watched> {
  readonly #watched = new Map<string, Watched>();
  /** Every length that a prefix has, so that those of a key are found without a look at each. */
  readonly #lengths = new Set<number>();

  get empty(): boolean {
    return this.#watched.size === 0;
  }

  [Symbol.iterator](): Iterator<Watched> {
    return this.#watched.values();
  }

  join(prefix: string, feed: SnapshotFeed): Watched {
    const watched = this.#watched.get(prefix) ?? { prefix, feeds: new Map(), entries: undefined };
    watched.feeds.set(feed, false);
    this.#watched.set(prefix, watched);
    this.#lengths.add(prefix.length);
    return watched;
  }

  leave({ prefix, feeds }: Watched, feed: SnapshotFeed): void {
    feeds.delete(feed);
    if (feeds.size === 0) this.#watched.delete(prefix);
    if (this.empty) this.#lengths.clear();
  }

  /** Those that the key belongs to. */
  *of(key: string): Iterable<Watched> {
    for (const length of this.#lengths) {
      const watched = length <= key.length ? this.#watched.get(key.slice(0, length)) : undefined;
      if (watched !== undefined) yield watched;
    }
  }

  /** What all prefixes begin with: one read of it serves them all. */
  common(): string {
    const [first = '', ...others] = this.#watched.keys();
    let length = first.length;
    for (const other of others) {
      length = Math.min(length, other.length);
      while (!other.startsWith(first.slice(0, length))) length -= 1;
    }
    // Half of a character is no text.
    return first.slice(0, length).replace(/[\ud800-\udbff]$/, '');
  }

  settle(watched: Watched, entries: ReadonlyMap<string, Entry>, asOf: number): void {
    const same = watched.entries !== undefined && sameEntries(watched.entries, entries);
    if (!same) watched.entries = entries;
    for (const [feed, told] of watched.feeds) {
      if (same && told) continue;
      watched.feeds.set(feed, true);
      feed.push(watched.entries ?? entries, asOf);
    }
  }

  /** `all`: everything under the common prefix. */
  settleAll(all: ReadonlyMap<string, Entry>, asOf: number): void {
    const found = new Map<Watched, Map<string, Entry>>();
    for (const watched of this.#watched.values()) found.set(watched, new Map());
    for (const [key, entry] of all) for (const watched of this.of(key)) found.get(watched)?.set(key, entry);
    for (const [watched, entries] of found) this.settle(watched, entries, asOf);
  }

  confirm(asOf: number): void {
    for (const { feeds } of this.#watched.values()) for (const feed of feeds.keys()) feed.confirm(asOf);
  }
}
