import type { Clock } from './clock.ts';
import { DcsError } from './errors.ts';
import type { CallOptions } from './store.ts';

const DEFAULT_TIMEOUT = 10_000;

/** What is to be known of the work when it is cut short. */
export interface Ends {
  /** What the call rejects with at its timeout. */
  readonly timedOut: () => unknown;
  /** Something that writes was sent, and its outcome is not known. */
  readonly unsettled: () => boolean;
}

/** The bounds of one call of a store: its timeout, its caller's signal, and the store's own end. */
export class Bounds {
  /** Aborts when one of them is reached before the work is done. */
  readonly signal: AbortSignal;
  readonly timeout: number;
  readonly #clock: Clock;
  readonly #closing: AbortSignal;
  readonly #caller: AbortSignal | undefined;
  readonly #stop = new AbortController();

  /** @throws RangeError for the timeout; the reason of a signal that has aborted, so that nothing begins */
  constructor(clock: Clock, closing: AbortSignal, { signal, timeout = DEFAULT_TIMEOUT }: CallOptions) {
    if (!(timeout > 0)) throw new RangeError(`timeout: ${timeout} ms; it must be more than 0`);
    signal?.throwIfAborted();
    closing.throwIfAborted();
    this.signal = this.#stop.signal;
    this.timeout = timeout;
    this.#clock = clock;
    this.#closing = closing;
    this.#caller = signal;
  }

  /** Settles with `work`, or at the first bound, whatever `work` does then. No timer or listener is left. */
  async keep<T>(work: () => Promise<T>, ends: Ends): Promise<T> {
    const [caller, closing] = [this.#caller, this.#closing];
    const bound = Promise.withResolvers<never>();
    const giveUp = (reason: unknown) => {
      bound.reject(reason);
      this.#stop.abort(reason);
    };
    const abort = () => giveUp(caller?.reason);
    const close = () => giveUp(ends.unsettled() ? unsettled(closing.reason) : closing.reason);
    const cancelTimer = this.#clock.timer(this.timeout, () => giveUp(ends.timedOut()));
    caller?.addEventListener('abort', abort, { once: true });
    closing.addEventListener('abort', close, { once: true });
    try {
      return await Promise.race([bound.promise, work()]);
    } finally {
      cancelTimer();
      caller?.removeEventListener('abort', abort);
      closing.removeEventListener('abort', close);
    }
  }
}

/** The store was closed, and what it was writing may be there. */
function unsettled(reason: unknown): unknown {
  if (!DcsError.is(reason)) return reason;
  const { code, message, store } = reason;
  return new DcsError(code, message, { ...(store !== undefined && { store }), maybeApplied: true });
}
