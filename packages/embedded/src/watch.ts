import { type Clock, DcsError, type Entry, SnapshotFeed, type WatchOptions } from '@tenure/core';
import { type Backend, Busy, type Mark } from './backend.ts';
import { sameEntries } from './entry.ts';

const DEFAULT_STALE_AFTER = 10_000;
/** Milliseconds before the first retry of a look that failed; doubled up to `LONGEST_RETRY`. */
const FIRST_RETRY = 20;
const LONGEST_RETRY = 1_000;

/** The store's half of one watch. It looks when it is woken, when a session may have ended, and as often as `pollEvery`. */
export class PrefixWatch {
  readonly feed: SnapshotFeed;
  readonly #backend: Backend;
  readonly #clock: Clock;
  readonly #prefix: string;
  readonly #lookEvery: number;
  #entries: ReadonlyMap<string, Entry> | undefined;
  #token: string | undefined;
  #failures = 0;
  #woken = false;
  #cancelTimer: (() => void) | undefined;
  #unsubscribe: (() => void) | undefined;

  constructor(backend: Backend, clock: Clock, prefix: string, options: WatchOptions, onEnd: () => void) {
    this.#backend = backend;
    this.#clock = clock;
    this.#prefix = prefix;
    // Three looks in the time allowed, so that one late timer does not make a healthy watch stale.
    this.#lookEvery = Math.min(backend.pollEvery, (options.staleAfter ?? DEFAULT_STALE_AFTER) / 3);
    this.feed = new SnapshotFeed(clock, options, () => {
      this.#cancelTimer?.();
      this.#unsubscribe?.();
      queueMicrotask(onEnd);
    });
  }

  start(): void {
    if (this.feed.ended) return;
    this.#unsubscribe = this.#backend.subscribe(this.#prefix, () => this.#wake());
    this.#wake();
  }

  /** Many changes in one turn are one look; the writer never runs a watcher's code. */
  #wake(): void {
    if (this.#woken) return;
    this.#woken = true;
    queueMicrotask(() => {
      this.#woken = false;
      if (!this.feed.ended) this.#look();
    });
  }

  #look(): void {
    this.#cancelTimer?.();
    const asOf = this.#clock.now();
    let wait = this.#lookEvery;
    try {
      // The mark comes first: a change between it and the read leads to one look too many, never to one too few.
      const mark = this.#backend.mark();
      this.#settle(mark, asOf);
      wait = Math.min(wait, mark.expiresIn ?? wait);
      this.#failures = 0;
    } catch (error) {
      if (!(error instanceof Busy) && !DcsError.is(error, 'UNAVAILABLE')) {
        this.feed.fail(error);
        return;
      }
      wait = Math.min(wait, LONGEST_RETRY, FIRST_RETRY * 2 ** this.#failures);
      this.#failures += 1;
    }
    this.#cancelTimer = this.#clock.timer(wait, () => this.#look());
  }

  #settle(mark: Mark, asOf: number): void {
    if (mark.token === this.#token) {
      this.feed.confirm(asOf);
      return;
    }
    const entries = this.#backend.read(this.#prefix);
    this.#token = mark.token;
    if (this.#entries !== undefined && sameEntries(this.#entries, entries)) {
      this.feed.confirm(asOf);
    } else {
      this.#entries = entries;
      this.feed.push(entries, asOf);
    }
  }
}
