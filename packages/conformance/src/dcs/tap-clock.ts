import type { Clock } from '@tenure/core';

/** A store's clock that a case can step, and whose timers it can hold up as a hung event loop does. */
export class TapClock implements Clock {
  readonly #inner: Clock;
  /** Milliseconds that elapsed time is ahead of the inner clock: what a suspended machine slept. */
  ahead = 0;
  /** Milliseconds that the time of day is off. */
  wallAhead = 0;
  #hung: (() => void)[] | undefined;

  constructor(inner: Clock) {
    this.#inner = inner;
  }

  now(): number {
    return this.#inner.now() + this.ahead;
  }

  wall(): number {
    return this.#inner.wall() + this.wallAhead;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.#inner.sleep(ms, signal);
  }

  timer(ms: number, callback: () => void): () => void {
    let cancelled = false;
    const cancel = this.#inner.timer(ms, () => {
      const late = () => !cancelled && callback();
      if (this.#hung === undefined) late();
      else this.#hung.push(late);
    });
    return () => {
      cancelled = true;
      cancel();
    };
  }

  /** From now on no timer fires, until the returned function is called: then those fire that fell due. */
  hang(): () => void {
    const hung: (() => void)[] = [];
    this.#hung = hung;
    return () => {
      this.#hung = undefined;
      for (const late of hung) late();
    };
  }
}
