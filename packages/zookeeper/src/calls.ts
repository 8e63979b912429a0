import { Bounds, type CallOptions, type Clock, DcsError } from '@tenure/core';
import { faultOf, toDcsError, unavailable } from './errors.ts';
import { ZkError } from './rpc.ts';

const FIRST_PAUSE = 20;
const LONGEST_PAUSE = 1000;

/** One call of the store, while it lasts. */
export interface Call {
  /** Aborts when the call is over before its work is. Requests that it is given are withdrawn then. */
  readonly signal: AbortSignal;
  /** When it is over at the latest. */
  readonly deadline: number;
  /** A request that writes is under way, or its outcome is unknown. Kept by whoever sends it. */
  writing: boolean;
  /** Why there is no connection. Kept by whoever waits for one. */
  trouble?: string | undefined;
}

/** Runs calls within their deadlines, and ends them all when the store is closed. */
export class Calls {
  readonly clock: Clock;
  readonly #closing: AbortSignal;

  constructor(clock: Clock, closing: AbortSignal) {
    this.clock = clock;
    this.#closing = closing;
  }

  /** `attempt` is repeated until the deadline as long as it surely wrote nothing and a repetition may help. */
  async run<T>(name: string, options: CallOptions = {}, attempt: (call: Call) => Promise<T>): Promise<T> {
    const bounds = new Bounds(this.clock, this.#closing, options);
    const deadline = this.clock.now() + bounds.timeout;
    const call: Call & { last?: DcsError } = { signal: bounds.signal, deadline, writing: false };
    return await bounds.keep(() => this.#repeat(name, call, attempt), {
      timedOut: () => late(name, call),
      unsettled: () => call.writing,
    });
  }

  async #repeat<T>(name: string, call: Call & { last?: DcsError }, attempt: (call: Call) => Promise<T>): Promise<T> {
    for (let pause = FIRST_PAUSE; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
      try {
        return await attempt(call);
      } catch (error) {
        if (!(error instanceof ZkError)) throw error;
        call.last = toDcsError(error, name, call.writing);
        if (call.last.maybeApplied || !faultOf(error).again) throw call.last;
        call.writing = false;
      }
      await this.clock.sleep(pause, call.signal);
    }
  }
}

function late(name: string, { last, trouble, writing }: Call & { last?: DcsError }): DcsError {
  if (trouble !== undefined && !writing) return unavailable(`${name} found no server: ${trouble}`);
  if (!writing && DcsError.is(last, 'UNAVAILABLE')) return last;
  return unavailable(`${name} was not answered in time`, writing);
}
