import { type Clock, sleepOn } from '@tenure/core';

interface Timer {
  readonly at: number;
  readonly fire: () => void;
}

/** What `wall()` says when `now()` is 0: the first of January 2000. */
const WALL_START = Date.UTC(2000, 0, 1);

/** A clock that moves only when told to, for tests. Nothing on it keeps the process up. */
export class VirtualClock implements Clock {
  #now = 0;
  readonly #timers = new Set<Timer>();

  now(): number {
    return this.#now;
  }

  wall(): number {
    return WALL_START + this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepOn((wake) => this.timer(ms, wake), signal);
  }

  timer(ms: number, callback: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, ms), fire: callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /**
   * Moves time on by `ms`: fires what falls due in the order of time, those of one moment in the order they were set, and
   * lets all promises settle before the first and after each. Timers that are set on the way fire too when they fall due.
   */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settled();
    for (let timer = this.#next(end); timer !== undefined; timer = this.#next(end)) {
      this.#timers.delete(timer);
      this.#now = Math.max(this.#now, timer.at);
      timer.fire();
      await settled();
    }
    this.#now = Math.max(this.#now, end);
  }

  #next(end: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers)
      if (timer.at <= end && (first === undefined || timer.at < first.at)) first = timer;
    return first;
  }
}

/** A macrotask later every promise that depends on nothing but promises has settled. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
