import { uptime } from 'node:os';
import { type ClockSources, SystemClock } from '@tenure/core';

/** The kernel's clocks as one client sees them, to whom a machine can sleep that others stay awake on. */
export class ClientClock implements ClockSources {
  /** What a store takes. */
  readonly clock: SystemClock;
  #slept = 0;
  #sleep = { from: 0, ms: 0 };
  #step = 0;

  constructor() {
    this.clock = new SystemClock(this);
  }

  monotonic(): number {
    const now = performance.now();
    const { from, ms } = this.#sleep;
    return now - this.#slept - Math.min(now - from, ms);
  }

  boot(): number {
    return uptime() * 1000;
  }

  wall(): number {
    return Date.now() + this.#step;
  }

  /** From now on for `ms`, in which the process must be stopped. */
  suspend(ms: number): void {
    this.#slept += this.#sleep.ms;
    this.#sleep = { from: performance.now(), ms };
  }

  step(ms: number): void {
    this.#step += ms;
  }
}
