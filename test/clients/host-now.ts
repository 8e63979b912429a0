/** Milliseconds of CLOCK_MONOTONIC, which is one for all processes of a host. */
export function hostNow(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
