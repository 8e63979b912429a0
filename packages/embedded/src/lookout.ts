import { type Clock, DcsError, SnapshotFeed, type WatchOptions } from '@tenure/core';
import { type Backend, Busy, type Change, type Mark } from './backend.ts';
import { Prefixes, type Watched } from './prefixes.ts';

const DEFAULT_STALE_AFTER = 10_000;
/** Milliseconds before the first retry of a look that failed; doubled up to `LONGEST_RETRY`. */
const FIRST_RETRY = 20;
const LONGEST_RETRY = 1_000;
/** Milliseconds by which a timer may come early: Node rounds them. */
const TIMER_GRAIN = 1;

/**
 * The store's half of all its watches. One look serves them all: when a change is told, when a session may have ended, and as often
 * as `pollEvery`. What this backend changed is read anew for the watches of those keys alone; what others changed, once
 * for all watches together.
 */
export class Lookout {
  readonly #backend: Backend;
  readonly #clock: Clock;
  readonly #prefixes = new Prefixes();
  /** Those to be read anew, whatever the mark says. */
  readonly #unread = new Set<Watched>();
  #mark: { token: string; readonly foreign: string } | undefined;
  #lookEvery = Number.POSITIVE_INFINITY;
  #readAt = Number.NEGATIVE_INFINITY;
  #readTook = 0;
  #confirmedAt = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #joined = false;
  #woken = false;
  #cancelTimer: (() => void) | undefined;
  #unsubscribe: (() => void) | undefined;

  constructor(backend: Backend, clock: Clock) {
    this.#backend = backend;
    this.#clock = clock;
  }

  watch(prefix: string, options: WatchOptions): SnapshotFeed {
    let leave: (() => void) | undefined;
    const feed = new SnapshotFeed(this.#clock, options, () => leave?.());
    if (feed.ended) return feed;
    const watched = this.#prefixes.join(prefix, feed);
    leave = () => {
      this.#prefixes.leave(watched, feed);
      if (watched.feeds.size === 0) this.#unread.delete(watched);
      if (this.#prefixes.empty) this.#rest();
    };
    // Three looks in the time allowed, so that one late timer does not make a healthy watch stale.
    const most = Math.min(this.#backend.pollEvery, (options.staleAfter ?? DEFAULT_STALE_AFTER) / 3);
    this.#lookEvery = Math.min(this.#lookEvery, most);
    this.#unread.add(watched);
    this.#unsubscribe ??= this.#backend.subscribe((change) => this.#told(change));
    this.#greet();
    return feed;
  }

  /** Ends every watch with `reason`. */
  close(reason: unknown): void {
    for (const { feeds } of this.#prefixes) for (const feed of feeds.keys()) feed.fail(reason);
  }

  #told(change: Change | undefined): void {
    if (change !== undefined) {
      // Only of a state that was seen is the next one known by what changed: else the tokens stay apart, and all is read.
      if (this.#mark?.token === change.before) this.#mark.token = change.after;
      for (const key of change.keys) for (const watched of this.#prefixes.of(key)) this.#unread.add(watched);
    }
    this.#wake();
  }

  /** The first state of a watch waits for nothing but the watches of the same turn. */
  #greet(): void {
    if (this.#joined) return;
    this.#joined = true;
    queueMicrotask(() => {
      this.#joined = false;
      this.#look();
    });
  }

  #wake(): void {
    if (this.#woken) return;
    this.#woken = true;
    this.#backend.soon(() => {
      this.#woken = false;
      this.#look();
    });
  }

  #look(): void {
    this.#cancelTimer?.();
    if (this.#prefixes.empty) return;
    const asOf = this.#clock.now();
    let wait = this.#lookEvery;
    try {
      // The mark comes first: a change between it and the read leads to one read too many, never to one too few.
      const mark = this.#backend.mark();
      wait = Math.min(mark.expiresIn ?? wait, this.#settle(mark, asOf));
      this.#failures = 0;
    } catch (error) {
      wait = Math.min(wait, LONGEST_RETRY, FIRST_RETRY * 2 ** this.#failures);
      this.#failures += 1;
      this.#confirmedAt = Number.NEGATIVE_INFINITY;
      if (!(error instanceof Busy) && !DcsError.is(error, 'UNAVAILABLE')) this.#refuse(error);
    }
    if (!this.#prefixes.empty) this.#cancelTimer = this.#clock.timer(wait, () => this.#look());
  }

  /** Milliseconds until there is more to do. */
  #settle(mark: Mark, asOf: number): number {
    const untilRead = this.#untilRead(mark, asOf);
    if (untilRead <= 0) this.#readAll(mark, asOf);
    for (const watched of this.#unread) {
      this.#prefixes.settle(watched, this.#backend.read(watched.prefix), asOf);
      this.#unread.delete(watched);
    }
    // What was seen to have changed and is not read yet confirms nothing.
    if (untilRead > 0 && untilRead < Number.POSITIVE_INFINITY) return untilRead;
    const due = this.#confirmedAt + this.#lookEvery - asOf;
    if (due > TIMER_GRAIN) return due;
    this.#prefixes.confirm(asOf);
    this.#confirmedAt = asOf;
    return this.#lookEvery;
  }

  /**
   * Milliseconds until all is to be read; infinite when nothing changed. A busy writer elsewhere gets half of this process's time
   * at most; and writes that count no revision, such as renewals, lead to one read in `lookEvery`.
   */
  #untilRead(mark: Mark, asOf: number): number {
    const seen = this.#mark;
    if (mark.token === seen?.token && mark.foreign === seen.foreign) return Number.POSITIVE_INFINITY;
    const pause = mark.token === seen?.token ? this.#lookEvery : this.#readTook;
    return this.#readAt + pause - asOf;
  }

  #readAll({ token, foreign }: Mark, asOf: number): void {
    this.#prefixes.settleAll(this.#backend.read(this.#prefixes.common()), asOf);
    this.#unread.clear();
    this.#mark = { token, foreign };
    this.#readAt = this.#clock.now();
    this.#readTook = this.#readAt - asOf;
  }

  /** The first read of a watch may be refused; one that has told a state goes on, and says by itself that it is stale. */
  #refuse(error: unknown): void {
    for (const { feeds } of this.#prefixes) for (const [feed, told] of feeds) if (!told) feed.fail(error);
  }

  /** Nobody watches: what changes from now on is not told, so the next watch begins anew. */
  #rest(): void {
    this.#cancelTimer?.();
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    this.#mark = undefined;
    this.#lookEvery = Number.POSITIVE_INFINITY;
    this.#readAt = Number.NEGATIVE_INFINITY;
    this.#confirmedAt = Number.NEGATIVE_INFINITY;
    this.#failures = 0;
  }
}
