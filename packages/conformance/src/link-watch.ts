import { DcsError, type Entry, type Snapshot, SnapshotFeed, type Store, type WatchOptions } from '@tenure/core';
import type { Link } from './link.ts';

const DEFAULT_STALE_AFTER = 10_000;

/** One watch across a `Link`. It re-reads after every break, and asks now and then whether the state still is the state. */
export class LinkWatch {
  readonly feed: SnapshotFeed;
  readonly #link: Link;
  readonly #inner: Store;
  readonly #prefix: string;
  readonly #staleAfter: number;
  readonly #over = new AbortController();
  #round = new AbortController();
  #cancelProbe = () => {};
  #state: Snapshot | undefined;

  constructor(link: Link, inner: Store, prefix: string, options: WatchOptions, live: Set<LinkWatch>) {
    live.add(this);
    this.#link = link;
    this.#inner = inner;
    this.#prefix = prefix;
    this.#staleAfter = options.staleAfter ?? DEFAULT_STALE_AFTER;
    this.feed = new SnapshotFeed(link.clock, options, () => {
      this.#over.abort();
      this.#round.abort();
      this.#cancelProbe();
      live.delete(this);
    });
  }

  start(): void {
    if (this.feed.ended) return;
    void this.#follow();
    this.#probe();
  }

  /** The connection broke or came back: read anew. */
  restart(): void {
    this.#round.abort();
  }

  async #follow(): Promise<void> {
    while (!this.feed.ended) {
      this.#round = new AbortController();
      const { signal } = this.#round;
      try {
        await until(this.#link.outward(signal), signal);
        for await (const state of this.#inner.watch(this.#prefix, { signal, staleAfter: this.#staleAfter })) {
          await until(this.#link.homeward(signal), signal);
          if (!state.stale) this.#tell(state);
        }
        // A watch never ends by itself. One that does is shown as it is.
        if (!signal.aborted) void this.feed.return();
      } catch (error) {
        if (DcsError.is(error, 'DENIED') || DcsError.is(error, 'CLOSED')) this.feed.fail(error);
        else if (!signal.aborted)
          await this.#link.clock.sleep(this.#staleAfter / 10, this.#over.signal).catch(() => {});
      }
    }
  }

  #tell(state: Snapshot): void {
    if (this.#state !== undefined && sameEntries(this.#state.entries, state.entries)) {
      this.#confirm(state.asOf);
      return;
    }
    this.#state = state;
    this.feed.push(state.entries, state.asOf);
  }

  #confirm(asOf: number): void {
    if (this.#state === undefined || asOf < this.#state.asOf) return;
    this.#state = { ...this.#state, asOf };
    this.feed.confirm(asOf);
  }

  /** Confirms, and never delivers: a wake-up that the store forgot must not be covered up. */
  #probe(): void {
    this.#cancelProbe = this.#link.clock.timer(this.#staleAfter / 3, () => {
      const asked = this.#link.read(this.#prefix, { signal: this.#over.signal, timeout: this.#staleAfter / 3 });
      const answered = asked.then(({ entries, asOf }) => {
        if (this.#state !== undefined && sameEntries(this.#state.entries, entries)) this.#confirm(asOf);
      });
      // What kept the answer away shows as staleness.
      void answered.catch(() => {}).then(() => !this.feed.ended && this.#probe());
    });
  }
}

/** Versions of one key differ while it lives, and so does its session after a delete and a new put. */
function sameEntries(a: ReadonlyMap<string, Entry>, b: ReadonlyMap<string, Entry>): boolean {
  if (a.size !== b.size) return false;
  for (const [key, entry] of a) {
    const other = b.get(key);
    if (other?.version !== entry.version || other.session !== entry.session || other.value !== entry.value)
      return false;
  }
  return true;
}

async function until(passage: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  try {
    await Promise.race([passage, promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
