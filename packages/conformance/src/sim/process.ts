import { type Clock, sleepOn } from '@tenure/core';
import type { World } from './world.ts';

interface Timer {
  due: number;
  readonly fire: () => void;
  cancel: () => void;
}

/** What `wall()` says at the beginning: the first of January 2000. */
const WALL_START = Date.UTC(2000, 0, 1);

/** Milliseconds by which Node fires a timer late rather than early. */
const TIMER_GRAIN = 1;

/** One run of a program on a machine of its own: its clock, its timers, and whether it runs at all. */
export class SimProcess implements Clock {
  readonly name: string;
  readonly #world: World;
  readonly #rate: number;
  readonly #zero: number;
  readonly #timers = new Set<Timer>();
  #stops = 0;
  #suspends = 0;
  #suspendedAt = 0;
  /** How often it has been stopped. */
  stopped = 0;
  #dead = false;
  #wallAhead = 0;
  /** What the kernel keeps for it while it does not run. */
  #dueTimers: (() => void)[] = [];
  #arrived: (() => void)[] = [];

  /** The clock gains `rate` milliseconds in one of true time. `zero`: what it shows when the history begins. */
  constructor(world: World, name: string, rate: number, zero: number) {
    this.#world = world;
    this.name = name;
    this.#rate = rate;
    this.#zero = zero;
  }

  get dead(): boolean {
    return this.#dead;
  }

  now(): number {
    return this.#zero + this.#world.now * this.#rate;
  }

  wall(): number {
    return WALL_START + this.now() + this.#wallAhead;
  }

  /** The true time at which this clock shows `time`. */
  truly(time: number): number {
    return (time - this.#zero) / this.#rate;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepOn((wake) => this.timer(ms, wake), signal);
  }

  timer(ms: number, callback: () => void): () => void {
    let cancelled = false;
    const fire = () => {
      if (!cancelled) callback();
    };
    const due = this.#world.now + (Math.ceil(Math.max(0, ms)) + TIMER_GRAIN) / this.#rate;
    const timer: Timer = { due, fire, cancel: () => undefined };
    this.#timers.add(timer);
    this.#arm(timer);
    return () => {
      cancelled = true;
      timer.cancel();
      this.#timers.delete(timer);
    };
  }

  /** Something reaches the process: it hears of it when it runs. */
  hear(news: () => void): void {
    if (this.#dead) return;
    if (this.#stops > 0) this.#arrived.push(news);
    else this.#run(news);
  }

  /** SIGSTOP: from now on it does not run, while its clock goes on. Returns the SIGCONT. */
  stop(): () => void {
    this.#stops += 1;
    this.stopped += 1;
    return () => {
      this.#stops -= 1;
      if (this.#stops > 0 || this.#dead) return;
      // An event loop looks at its timers first, then at its sockets.
      const late = [...this.#dueTimers.splice(0), ...this.#arrived.splice(0)];
      for (const news of late) this.#world.after(0, () => this.hear(news));
    };
  }

  /** The machine sleeps: as `stop`, and its timers are late by as long, since the kernel counts them on another clock. */
  suspend(): () => void {
    const proceed = this.stop();
    this.#suspends += 1;
    if (this.#suspends === 1) {
      this.#suspendedAt = this.#world.now;
      for (const { cancel } of this.#timers) cancel();
    }
    return () => {
      this.#suspends -= 1;
      if (this.#suspends === 0) {
        for (const timer of this.#timers) {
          timer.due += this.#world.now - this.#suspendedAt;
          this.#arm(timer);
        }
      }
      proceed();
    };
  }

  stepWallClock(ms: number): void {
    this.#wallAhead += ms;
  }

  /** SIGKILL. */
  kill(): void {
    this.#dead = true;
    for (const { cancel } of this.#timers) cancel();
    this.#timers.clear();
    this.#dueTimers = [];
    this.#arrived = [];
  }

  #arm(timer: Timer): void {
    timer.cancel();
    timer.cancel = this.#world.at(timer.due, () => {
      this.#timers.delete(timer);
      if (this.#stops > 0) this.#dueTimers.push(timer.fire);
      else this.#run(timer.fire);
    });
  }

  #run(work: () => void): void {
    this.#world.current = this.name;
    work();
  }
}
