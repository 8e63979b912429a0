import type { Clock } from './clock.ts';
import { DcsError } from './errors.ts';
import type { CallOptions } from './store.ts';

/** One budget of time that all steps of an operation share. */
export class Deadline {
  readonly signal: AbortSignal | undefined;
  readonly #clock: Clock;
  readonly #at: number;

  constructor(clock: Clock, ms: number, signal?: AbortSignal) {
    this.#clock = clock;
    this.#at = clock.now() + ms;
    this.signal = signal;
  }

  /** Milliseconds left, never below 0. */
  get remaining(): number {
    return Math.max(0, this.#at - this.#clock.now());
  }

  /**
   * What the next step may take. @throws the signal's reason when it was aborted; DcsError UNAVAILABLE when nothing is left,
   * so that no step is sent after the deadline
   */
  options(store: string): CallOptions {
    this.signal?.throwIfAborted();
    const timeout = this.remaining;
    if (timeout === 0) throw new DcsError('UNAVAILABLE', `${store}: no answer within the deadline`, { store });
    return this.signal === undefined ? { timeout } : { timeout, signal: this.signal };
  }

  /** The same budget without the signal, for work that several callers share. */
  unaborted(): Deadline {
    return new Deadline(this.#clock, this.remaining);
  }

  /** Settles like `work`, or rejects with the signal's reason; `work` goes on for those who share it. */
  async abortable<T>(work: Promise<T>): Promise<T> {
    const signal = this.signal;
    if (signal === undefined) return await work;
    // Its rejection is heard by those who share it; a caller that leaves at once leaves none behind.
    work.catch(() => undefined);
    signal.throwIfAborted();
    const aborted = Promise.withResolvers<never>();
    const abort = () => aborted.reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    try {
      return await Promise.race([work, aborted.promise]);
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  /** Sleeps, yet not past the deadline. */
  async sleep(ms: number): Promise<void> {
    await this.#clock.sleep(Math.min(ms, this.remaining), this.signal);
  }
}
