import type { Clock } from './clock.ts';
import type { Entry, Snapshot, WatchOptions } from './store.ts';

export const DEFAULT_STALE_AFTER = 10_000;

/**
 * The consumer's half of a watch, the same for every adapter: coalesces states, says when they went stale, and settles
 * the iteration. The adapter's half pushes states and confirmations, in order, and stops when `onStop` is called.
 */
export class SnapshotFeed implements AsyncIterableIterator<Snapshot> {
  readonly #clock: Clock;
  readonly #staleAfter: number;
  readonly #signal: AbortSignal | undefined;
  readonly #onStop: () => void;
  readonly #onAbort = () => this.fail(this.#signal?.reason);
  #last: Snapshot | undefined;
  #pending: Snapshot | undefined;
  #waiting: PromiseWithResolvers<IteratorResult<Snapshot>>[] = [];
  #ended: { readonly error?: unknown } | undefined;
  #confirmed: number;
  #cancelTimer: (() => void) | undefined;

  /** `onStop` is called exactly once, when the consumer leaves, aborts, or the feed fails. */
  constructor(clock: Clock, options: WatchOptions, onStop: () => void) {
    this.#clock = clock;
    this.#staleAfter = options.staleAfter ?? DEFAULT_STALE_AFTER;
    this.#signal = options.signal;
    this.#onStop = onStop;
    this.#confirmed = clock.now();
    if (this.#signal?.aborted) this.#onAbort();
    else this.#signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  get ended(): boolean {
    return this.#ended !== undefined;
  }

  /** A new state, true at `asOf`; told as stale when nothing later than `staleAfter` ago proves it. */
  push(entries: ReadonlyMap<string, Entry>, asOf: number): void {
    this.#renew(entries, asOf, true);
  }

  /** The state that was pushed last was still the state at `asOf`. A proof that comes too late takes no staleness back. */
  confirm(asOf: number): void {
    if (this.#last !== undefined) this.#renew(this.#last.entries, asOf, false);
  }

  /** Ends the iteration: every `next` from now on rejects with `error`. */
  fail(error: unknown): void {
    this.#end({ error });
  }

  async next(): Promise<IteratorResult<Snapshot>> {
    if (this.#ended !== undefined) return this.#finish(this.#ended);
    const value = this.#pending;
    if (value !== undefined) {
      this.#pending = undefined;
      return { done: false, value };
    }
    const waiting = Promise.withResolvers<IteratorResult<Snapshot>>();
    this.#waiting.push(waiting);
    return await waiting.promise;
  }

  async return(): Promise<IteratorResult<Snapshot>> {
    this.#end({});
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #renew(entries: ReadonlyMap<string, Entry>, asOf: number, changed: boolean): void {
    if (this.#ended !== undefined) return;
    this.#confirmed = Math.max(this.#confirmed, asOf);
    const stale = this.#clock.now() - this.#confirmed >= this.#staleAfter;
    const tell = changed || stale !== this.#last?.stale;
    const state = { entries, asOf, stale };
    this.#last = state;
    this.#armTimer();
    if (tell) this.#yield(state);
    else if (this.#pending !== undefined) this.#pending = state;
  }

  #armTimer(): void {
    this.#cancelTimer?.();
    const wait = this.#confirmed + this.#staleAfter - this.#clock.now();
    this.#cancelTimer = this.#clock.timer(Math.max(0, wait), () => {
      if (this.#ended !== undefined || this.#last === undefined || this.#last.stale) return;
      this.#last = { ...this.#last, stale: true };
      this.#yield(this.#last);
    });
  }

  #yield(state: Snapshot): void {
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) waiting.resolve({ done: false, value: state });
    else this.#pending = state;
  }

  #end(how: { readonly error?: unknown }): void {
    if (this.#ended !== undefined) return;
    this.#ended = how;
    this.#pending = undefined;
    this.#cancelTimer?.();
    this.#signal?.removeEventListener('abort', this.#onAbort);
    for (const waiting of this.#waiting.splice(0)) this.#finish(how).then(waiting.resolve, waiting.reject);
    this.#onStop();
  }

  async #finish(how: { readonly error?: unknown }): Promise<IteratorResult<Snapshot>> {
    if ('error' in how) throw how.error;
    return { done: true, value: undefined };
  }
}
