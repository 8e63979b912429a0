import { readFileSync } from 'node:fs';

/**
 * The clock by which all processes of one host agree when a session ends: CLOCK_MONOTONIC on Linux, which counts from the
 * boot for every process alike (`performance.now()` counts from the start of its own process). It stands still while
 * the machine is suspended; a holder's SystemClock does not, so a holder's time is up no later than the store's.
 * Containers with a time namespace of their own must not share a file (time_namespaces(7)).
 */
export interface HostClock {
  /** Microseconds, a whole number, rounded down. */
  readonly now: () => number;
  /** Differs after every boot where the kernel tells (Linux), else empty. */
  readonly boot: string;
}

export const hostClock: HostClock = {
  now: () => Number(process.hrtime.bigint() / 1000n),
  boot: bootId(),
};

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}
