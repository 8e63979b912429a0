import type { Store } from './store.ts';
import type { Timing } from './timing.ts';

/** What the timing must know of a store. */
export interface Guarantor extends Pick<Store, 'guaranteed'> {
  readonly limits: Pick<Store['limits'], 'minTtl' | 'maxTtl'>;
}

/** Why no renewal fits. */
export interface Shortage {
  readonly timing: Timing;
  /** Of `ttl`, by the store. */
  readonly guaranteed: number;
  readonly validity: number;
  readonly fits: Fits;
}

/** What each field alone would have to be, in whole milliseconds; `undefined` where it alone cannot help. */
export interface Fits {
  readonly maxLoopWait: number | undefined;
  readonly maxStopBudget: number | undefined;
  readonly minTtl: number | undefined;
}

/** A `loopWait` that is derived is half of the validity: in what is said to fit it is a tenth of ttl at least. */
const LEAST_VALIDITY_OF_TTL = 1 / 5;

/**
 * Milliseconds from the sending of a renewal for which the holder may act: `guaranteed·(1−ρ)/(1+ρ) − stopBudget`, with
 * ρ = `drift` on both clocks, the holder's and the store's.
 */
export function validity(guaranteed: number, { drift, stopBudget }: Pick<Timing, 'drift' | 'stopBudget'>): number {
  return (guaranteed * (1 - drift)) / (1 + drift) - stopBudget;
}

/**
 * The validity on a session that is open, which must outlast the wait for the next renewal.
 * @throws RangeError with the arithmetic
 */
export function assertValidity(guaranteed: number, timing: Timing): number {
  const { loopWait, stopBudget } = timing;
  const left = validity(guaranteed, timing);
  if (left > loopWait) return left;
  const fits = {
    maxLoopWait: below(left, 1),
    maxStopBudget: below(left + stopBudget - loopWait, 0),
    minTtl: undefined,
  };
  throw noRoom({ timing, guaranteed, validity: left, fits });
}

/** `undefined` when what the store guarantees outlasts `loopWait`. `given` is what of the timing was not derived. */
export function shortageOf(timing: Timing, given: Partial<Timing>, store: Guarantor): Shortage | undefined {
  const { ttl, loopWait, stopBudget } = timing;
  const guaranteed = store.guaranteed(ttl);
  const left = validity(guaranteed, timing);
  if (left > loopWait) return undefined;
  const needed = (of: number) => given.loopWait ?? of * LEAST_VALIDITY_OF_TTL;
  const enough = (of: number) => validity(store.guaranteed(of), timing) > needed(of);
  return {
    timing,
    guaranteed,
    validity: left,
    fits: {
      maxLoopWait: given.loopWait === undefined ? undefined : below(left, 1),
      maxStopBudget: stopBudget === 0 ? undefined : below(left + stopBudget - needed(ttl), 0),
      minTtl: least(Math.ceil(ttl), Math.floor(store.limits.maxTtl), enough),
    },
  };
}

export function noRoom({ timing, guaranteed, validity, fits }: Shortage): RangeError {
  const { drift, stopBudget, loopWait } = timing;
  const { maxLoopWait, maxStopBudget, minTtl } = fits;
  const fitting = [
    ...(maxLoopWait === undefined ? [] : [`loopWait ≤ ${maxLoopWait}`]),
    ...(maxStopBudget === undefined ? [] : [`stopBudget ≤ ${maxStopBudget}`]),
    ...(minTtl === undefined ? [] : [`ttl ≥ ${minTtl}`]),
  ];
  return new RangeError(
    `no room for a renewal: validity = guaranteed ${guaranteed}·(1−${drift})/(1+${drift}) − stopBudget ${stopBudget} = ` +
      `${validity.toFixed(1)} ms must be more than loopWait ${loopWait} ms, with ttl ${timing.ttl} ms; ` +
      (fitting.length === 0 ? 'raise ttl, and lower loopWait and stopBudget' : `would fit: ${fitting.join(', or ')}`),
  );
}

/** The largest whole number under `bound`, if it is `min` or more. */
function below(bound: number, min: number): number | undefined {
  const largest = Math.ceil(bound) - 1;
  return largest >= min ? largest : undefined;
}

/** The least whole number from `low` to `high` that is enough, when all that are larger are enough too. */
function least(low: number, high: number, enough: (value: number) => boolean): number | undefined {
  if (low > high || !enough(high)) return undefined;
  let [from, to] = [low, high];
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    if (enough(middle)) to = middle;
    else from = middle + 1;
  }
  return to;
}
