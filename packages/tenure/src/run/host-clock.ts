import { uptime } from 'node:os';

/**
 * A moment on the clocks that all processes of one host share, in milliseconds: CLOCK_MONOTONIC, and the boot clock, which
 * goes on while the machine is suspended (clock_gettime(2)). It has come when either clock says so.
 */
export interface HostMoment {
  readonly monotonic: number;
  readonly boot: number;
}

/** CLOCK_MONOTONIC of this host, milliseconds: comparable between its processes. */
export function hostNow(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/**
 * The moment `remaining()` milliseconds from now. The clocks are read before `remaining` is called, so that a pause between
 * the two makes the moment earlier, never later.
 */
export function momentAfter(remaining: () => number): HostMoment {
  const monotonic = hostNow();
  const boot = uptime() * 1000;
  const ms = remaining();
  return { monotonic: monotonic + ms, boot: boot + ms };
}

/** Milliseconds until the moment; 0 or less when it has come. */
export function until(moment: HostMoment): number {
  return Math.min(moment.monotonic - hostNow(), moment.boot - uptime() * 1000);
}
