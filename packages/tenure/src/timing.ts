import { resolveTiming, type Shortage, type Store, shortage, type Timing } from '@tenure/core';
import type { ResolvedConfig } from './config.ts';

type Seconds = Pick<ResolvedConfig, 'ttl' | 'loop_wait' | 'retry_timeout' | 'stop_budget'>;

/**
 * Seconds to milliseconds, for core, which derives what is missing. What core would refuse is refused here in the words of the
 * configuration: its names, and seconds.
 * @throws RangeError
 */
export function toTiming(config: Seconds, store: Store): Partial<Timing> {
  const { ttl, loop_wait, retry_timeout, stop_budget } = config;
  const timing = {
    ...(ttl === undefined ? {} : { ttl: ttl * 1000 }),
    ...(loop_wait === undefined ? {} : { loopWait: loop_wait * 1000 }),
    ...(retry_timeout === undefined ? {} : { retryTimeout: retry_timeout * 1000 }),
    ...(stop_budget === undefined ? {} : { stopBudget: stop_budget * 1000 }),
  };
  const problem = problemOf(timing, store);
  if (problem !== undefined) throw new RangeError(problem);
  return timing;
}

function problemOf(timing: Partial<Timing>, store: Store): string | undefined {
  const { minTtl, maxTtl } = store.limits;
  const ttl = timing.ttl ?? resolveTiming({}, store).ttl;
  const { loopWait, retryTimeout, stopBudget = 0 } = timing;
  if (ttl < minTtl || ttl > maxTtl) {
    return `ttl: ${inSeconds(ttl)} is not from ${inSeconds(minTtl)} to ${inSeconds(maxTtl)} seconds, which this store grants`;
  }
  if (stopBudget >= ttl) return `stop_budget: ${inSeconds(stopBudget)} is not less than ttl, ${inSeconds(ttl)} seconds`;
  // A field that is left out is derived, and wants a little.
  if ((loopWait ?? 1) + 2 * (retryTimeout ?? 1) > ttl) {
    const given = Object.entries({ loop_wait: loopWait, retry_timeout: retryTimeout }).filter(
      ([, ms]) => ms !== undefined,
    );
    const fields = given.map(([field, ms]) => `${field}: ${inSeconds(ms as number)}`).join(', ');
    return `${fields} leaves no room in a ttl of ${inSeconds(ttl)} seconds, in which loop_wait + 2 × retry_timeout must fit`;
  }
  const short = shortage(timing, store);
  return short && noRoom(short, loopWait);
}

function noRoom({ timing, guaranteed, validity, fits }: Shortage, loopWait: number | undefined): string {
  const fitting = [
    ...(fits.maxLoopWait === undefined ? [] : [`loop_wait up to ${inSeconds(fits.maxLoopWait)}`]),
    ...(fits.maxStopBudget === undefined ? [] : [`stop_budget up to ${inSeconds(fits.maxStopBudget)}`]),
    ...(fits.minTtl === undefined ? [] : [`ttl from ${inSeconds(fits.minTtl)}`]),
  ];
  const left = loopWait === undefined ? 'no time for a loop_wait' : `not more than loop_wait, ${inSeconds(loopWait)}`;
  return (
    `no room for a renewal: of a ttl of ${inSeconds(timing.ttl)} seconds this store guarantees ${inSeconds(guaranteed)}; less ` +
    `drift and a stop_budget of ${inSeconds(timing.stopBudget)} that is ${inSeconds(validity)}, ${left}; ` +
    (fitting.length === 0 ? 'raise ttl, and lower the others' : `would fit: ${fitting.join(', or ')}`)
  );
}

/** To the millisecond at the most. */
function inSeconds(ms: number): number {
  return Math.round(ms) / 1000;
}
