import type { Timing } from './timing.ts';

export interface AdjustedTiming {
  readonly ttl: number;
  readonly loopWait: number;
  readonly retryTimeout: number;
  /** One sentence for each value that was changed. */
  readonly warnings: readonly string[];
}

const SECOND = 1000;
const MINIMA = { ttl: 20 * SECOND, loopWait: SECOND, retryTimeout: 3 * SECOND } as const;

/**
 * The timing that every Patroni makes of the values of a shared config document (patroni/config.py,
 * `_validate_and_adjust_timeouts`): a value under its minimum (ttl 20 s, loopWait 1 s, retryTimeout 3 s) becomes it; when
 * `loopWait + 2·retryTimeout` is over ttl, loopWait gives way first, down to 1 s, then retryTimeout, in whole seconds.
 */
export function adjustTiming(values: Pick<Timing, 'ttl' | 'loopWait' | 'retryTimeout'>): AdjustedTiming {
  const warnings: string[] = [];
  const atLeast = (field: keyof typeof MINIMA): number => {
    const value = values[field];
    if (!Number.isFinite(value)) throw new RangeError(`${field} must be a finite number of ms, got ${value}`);
    if (value >= MINIMA[field]) return value;
    warnings.push(`${field} ${value} ms is under the minimum, taken as ${MINIMA[field]} ms`);
    return MINIMA[field];
  };
  const ttl = atLeast('ttl');
  let loopWait = atLeast('loopWait');
  let retryTimeout = atLeast('retryTimeout');
  const adjust = (newLoopWait: number, newRetryTimeout: number): void => {
    warnings.push(
      `loopWait + 2·retryTimeout is over ttl ${ttl} ms: ` +
        `loopWait ${loopWait} ms is taken as ${newLoopWait} ms, retryTimeout ${retryTimeout} ms as ${newRetryTimeout} ms`,
    );
    loopWait = newLoopWait;
    retryTimeout = newRetryTimeout;
  };
  if (MINIMA.loopWait + 2 * retryTimeout > ttl) {
    adjust(MINIMA.loopWait, Math.floor((ttl - MINIMA.loopWait) / (2 * SECOND)) * SECOND);
  } else if (loopWait + 2 * retryTimeout > ttl) {
    adjust(ttl - 2 * retryTimeout, retryTimeout);
  }
  return { ttl, loopWait, retryTimeout, warnings };
}
