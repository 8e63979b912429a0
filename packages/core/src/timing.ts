import type { Limits } from './store.ts';

/** How a lease is kept. Milliseconds, except `drift`. */
export interface Timing {
  /** How long the keys of a dead process live at most, but for the store's own grace. */
  readonly ttl: number;
  /** From the start of one round of the daemon's loop to the start of the next. */
  readonly loopWait: number;
  /** What one operation may take, all its attempts together. */
  readonly retryTimeout: number;
  /** What the daemon needs to stop for certain; validity ends that much earlier. Default 0. */
  readonly stopBudget: number;
  /** The most that a clock's rate is off, as a ratio. Default 0.001. */
  readonly drift: number;
}

const DEFAULT_TTL = 30_000;

/**
 * The timing with what is missing derived: `ttl` 30 s, moved into the store's limits; `loopWait` and `retryTimeout` a
 * third of `ttl`, less when the other one leaves less. One loop reads and renews before it sleeps, so
 * `loopWait + 2·retryTimeout ≤ ttl` (Patroni's rule) must hold.
 * @throws RangeError naming the fields, their values and what would fit
 */
export function resolveTiming(partial: Partial<Timing>, limits: Pick<Limits, 'minTtl' | 'maxTtl'>): Timing {
  const { minTtl, maxTtl } = limits;
  const ttl = partial.ttl ?? Math.min(Math.max(DEFAULT_TTL, minTtl), maxTtl);
  assertNumber('ttl', ttl, ttl >= minTtl && ttl <= maxTtl && ttl > 0, `from ${minTtl} to ${maxTtl} ms on this store`);
  const { loopWait = derived(ttl, ttl - 2 * (partial.retryTimeout ?? 0)) } = partial;
  const { retryTimeout = derived(ttl, (ttl - loopWait) / 2) } = partial;
  const { stopBudget = 0, drift = 0.001 } = partial;
  if (partial.loopWait !== undefined) assertNumber('loopWait', loopWait, loopWait > 0, 'more than 0 ms');
  if (partial.retryTimeout !== undefined)
    assertNumber('retryTimeout', retryTimeout, retryTimeout > 0, 'more than 0 ms');
  assertNumber('stopBudget', stopBudget, stopBudget >= 0 && stopBudget < ttl, `from 0 to less than ttl, ${ttl} ms`);
  assertNumber('drift', drift, drift >= 0 && drift < 1, 'from 0 to less than 1');
  assertRule(partial, ttl, loopWait, retryTimeout);
  return Object.freeze({ ttl, loopWait, retryTimeout, stopBudget, drift });
}

function derived(ttl: number, room: number): number {
  return Math.floor(Math.min(ttl / 3, room));
}

function assertNumber(field: string, value: number, inRange: boolean, range: string): void {
  if (typeof value !== 'number') throw new TypeError(`${field} must be a number ${range}, got ${typeof value}`);
  if (!Number.isFinite(value) || !inRange) throw new RangeError(`${field} must be ${range}, got ${value}`);
}

function assertRule(given: Partial<Timing>, ttl: number, loopWait: number, retryTimeout: number): void {
  if (loopWait > 0 && retryTimeout > 0 && loopWait + 2 * retryTimeout <= ttl) return;
  // A derived value without room may be as small as 1.
  const [wait, retry] = [Math.max(loopWait, 1), Math.max(retryTimeout, 1)];
  const fits = [`ttl ≥ ${wait + 2 * retry}`];
  if (given.loopWait !== undefined && ttl > 2 * retry) fits.unshift(`loopWait ≤ ${ttl - 2 * retry}`);
  if (given.retryTimeout !== undefined && ttl > wait) fits.unshift(`retryTimeout ≤ ${(ttl - wait) / 2}`);
  throw new RangeError(
    `loopWait + 2·retryTimeout must be at most ttl, got loopWait ${given.loopWait ?? '(derived)'} + ` +
      `2·retryTimeout ${given.retryTimeout ?? '(derived)'} with ttl ${ttl} ms; would fit: ${fits.join(', or ')}`,
  );
}

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

/**
 * Milliseconds from the sending of a renewal for which the holder may act: `guaranteed·(1−ρ)/(1+ρ) − stopBudget`, with
 * ρ = `drift` on both clocks, the holder's and the store's.
 */
export function validity(guaranteed: number, { drift, stopBudget }: Pick<Timing, 'drift' | 'stopBudget'>): number {
  return (guaranteed * (1 - drift)) / (1 + drift) - stopBudget;
}

/**
 * The validity, which must outlast the wait for the next renewal.
 * @throws RangeError with the arithmetic
 */
export function assertValidity(guaranteed: number, timing: Timing): number {
  const result = validity(guaranteed, timing);
  if (result > timing.loopWait) return result;
  const { drift, stopBudget, loopWait } = timing;
  throw new RangeError(
    `no room for a renewal: validity = guaranteed ${guaranteed}·(1−${drift})/(1+${drift}) − stopBudget ${stopBudget} = ` +
      `${result.toFixed(1)} ms must be more than loopWait ${loopWait} ms; raise ttl, or lower loopWait or stopBudget`,
  );
}
