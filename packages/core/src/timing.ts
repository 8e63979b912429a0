import { type Guarantor, noRoom, type Shortage, shortageOf, validity } from './validity.ts';

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
 * The timing with what is missing derived: `ttl` 30 s, moved into the store's limits; `retryTimeout` a third of `ttl`, less
 * when `loopWait` leaves less; `loopWait` the same, and half of the validity at most, so that two renewals fit into it. One
 * loop reads and renews before it sleeps, so `loopWait + 2·retryTimeout ≤ ttl` (Patroni's rule) must hold, and what the
 * store guarantees of `ttl` must outlast `loopWait` and `stopBudget`.
 * @throws RangeError naming the fields, their values and what would fit
 */
export function resolveTiming(partial: Partial<Timing>, store: Guarantor): Timing {
  const timing = derive(partial, store);
  const short = shortageOf(timing, partial, store);
  if (short !== undefined) throw noRoom(short);
  return timing;
}

/** Why no renewal fits into this timing on this store; `undefined` when one does. @throws what else `resolveTiming` throws */
export function shortage(partial: Partial<Timing>, store: Guarantor): Shortage | undefined {
  return shortageOf(derive(partial, store), partial, store);
}

function derive(partial: Partial<Timing>, store: Guarantor): Timing {
  const { minTtl, maxTtl } = store.limits;
  const ttl = partial.ttl ?? Math.min(Math.max(DEFAULT_TTL, minTtl), maxTtl);
  assertNumber('ttl', ttl, ttl >= minTtl && ttl <= maxTtl && ttl > 0, `from ${minTtl} to ${maxTtl} ms on this store`);
  const { stopBudget = 0, drift = 0.001 } = partial;
  assertNumber('stopBudget', stopBudget, stopBudget >= 0 && stopBudget < ttl, `from 0 to less than ttl, ${ttl} ms`);
  assertNumber('drift', drift, drift >= 0 && drift < 1, 'from 0 to less than 1');
  // Where not even a loop of 1 ms fits, that is told.
  const half = Math.max(1, validity(store.guaranteed(ttl), { stopBudget, drift }) / 2);
  const { loopWait = derived(ttl, Math.min(ttl - 2 * (partial.retryTimeout ?? 0), half)) } = partial;
  const { retryTimeout = derived(ttl, (ttl - loopWait) / 2) } = partial;
  if (partial.loopWait !== undefined) assertNumber('loopWait', loopWait, loopWait > 0, 'more than 0 ms');
  if (partial.retryTimeout !== undefined)
    assertNumber('retryTimeout', retryTimeout, retryTimeout > 0, 'more than 0 ms');
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
