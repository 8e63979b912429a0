import { uptime } from 'node:os';

/** The source of time. Times and durations are in milliseconds. */
export interface Clock {
  /** Monotonic; never steps; counts the time a suspended machine slept. Its zero means nothing. */
  now(): number;
  /** Milliseconds since 1970, for timestamps that people read. Never used to decide anything. */
  wall(): number;
  /** Resolves after `ms`; rejects with `signal.reason` on abort. Keeps the process up, as an awaited sleep should. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls back once after `ms` unless the returned function is called first. Never keeps the process up. */
  timer(ms: number, callback: () => void): () => void;
}

/** Node fires a timer of more than 2^31-1 ms at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** Never early: Node drops the fractions of both the duration and the time that it adds it to. */
function timerMs(ms: number): number {
  return Math.min(Math.ceil(ms) + 1, LONGEST_TIMER);
}

/** The `sleep` of a clock, on a timer that `start` starts; what `start` returns stops it. */
export function sleepOn(start: (wake: () => void) => () => void, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const abort = () => {
      stop();
      reject(signal?.reason);
    };
    const stop = start(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    });
    signal?.addEventListener('abort', abort, { once: true });
  });
}

/** The two clocks of the kernel, in milliseconds. */
export interface ClockSources {
  /** Stands still while the machine is suspended. */
  monotonic(): number;
  /** Does not. */
  boot(): number;
  /** The time of day: only looked at to learn that the machine may have slept. */
  wall(): number;
}

const KERNEL: ClockSources = {
  monotonic: () => performance.now(),
  boot: () => uptime() * 1000,
  wall: () => Date.now(),
};

/** The boot clock is read anew after as many milliseconds: reading it costs a hundred times what the others do. */
const BOOT_CLOCK_AGE = 10;

/** Milliseconds that the time of day may be off by: it has no fractions, and it is slewed. More is a step, or a sleep. */
const WALL_CLOCK_GRAIN = 3;

/** What `uptime()` may be off by: the kernel prints it in hundredths of a second. */
const BOOT_CLOCK_GRAIN = 20;

/**
 * `performance.now()` reads CLOCK_MONOTONIC, which stands still while a machine is suspended; the boot clock does not
 * (clock_gettime(2)). Elapsed time on this clock is the larger of the two. A machine that wakes has a new time of day, which
 * makes the next `now` read the boot clock whatever its age.
 */
export class SystemClock implements Clock {
  readonly #sources: ClockSources;
  readonly #bootAhead: number;
  #wallAhead: number;
  #bootReadAt: number;
  #slept = 0;

  constructor(sources: ClockSources = KERNEL) {
    this.#sources = sources;
    this.#bootReadAt = sources.monotonic();
    this.#bootAhead = sources.boot() - this.#bootReadAt;
    this.#wallAhead = sources.wall() - this.#bootReadAt;
  }

  now(): number {
    const monotonic = this.#sources.monotonic();
    const wallAhead = this.#sources.wall() - monotonic;
    const old = monotonic - this.#bootReadAt >= BOOT_CLOCK_AGE;
    if (old || Math.abs(wallAhead - this.#wallAhead) >= WALL_CLOCK_GRAIN) this.#readBoot(monotonic, wallAhead);
    return monotonic + this.#slept;
  }

  wall(): number {
    return Date.now();
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepOn((wake) => {
      const handle = setTimeout(wake, timerMs(ms));
      return () => clearTimeout(handle);
    }, signal);
  }

  timer(ms: number, callback: () => void): () => void {
    const handle = setTimeout(callback, timerMs(ms));
    handle.unref();
    return () => clearTimeout(handle);
  }

  #readBoot(monotonic: number, wallAhead: number): void {
    this.#bootReadAt = monotonic;
    this.#wallAhead = wallAhead;
    const ahead = this.#sources.boot() - monotonic - this.#bootAhead;
    if (ahead - BOOT_CLOCK_GRAIN > this.#slept) this.#slept = ahead;
  }
}

export const systemClock: Clock = new SystemClock();
