import type { Dcs } from './dcs.ts';
import { DcsError } from './errors.ts';
import type { Lease } from './lease.ts';
import type { ClusterView } from './view.ts';

/**
 * Waits for office. An attempt is made when the watch shows it vacant or in our own name, and after an outage not more
 * often than each half `loopWait`; the session is renewed each `loopWait` whatever the watch tells meanwhile.
 */
export async function campaign(dcs: Dcs, signal: AbortSignal): Promise<Lease> {
  const { clock } = dcs.store;
  const leaving = new AbortController();
  const until = AbortSignal.any([signal, leaving.signal]);
  const news = new News(dcs, until);
  let keepAliveAt = clock.now() + dcs.timing.loopWait;
  try {
    for (;;) {
      const lease = await tolerant(dcs.acquire({ signal }));
      if (lease !== FAILED && lease !== undefined) return lease;
      let waiting = true;
      if (lease === FAILED) {
        await clock.sleep(dcs.timing.loopWait / 2, signal);
        waiting = false;
      }
      while (waiting) {
        const view = await news.next(keepAliveAt - clock.now());
        if (clock.now() >= keepAliveAt) {
          keepAliveAt = clock.now() + dcs.timing.loopWait;
          await tolerant(dcs.keepAlive({ signal }));
        }
        waiting = mayNotRun(view ?? dcs.latest, dcs.name);
      }
    }
  } finally {
    leaving.abort();
    await news.ended;
  }
}

/** The newest view that nobody has asked for yet, or the failure that ended the watch. */
class News {
  readonly ended: Promise<void>;
  readonly #dcs: Dcs;
  readonly #signal: AbortSignal;
  #view: ClusterView | undefined;
  #failure: { readonly error: unknown } | undefined;
  #wake: () => void = () => undefined;

  constructor(dcs: Dcs, signal: AbortSignal) {
    this.#dcs = dcs;
    this.#signal = signal;
    this.ended = this.#follow();
  }

  /** `undefined` when none came within `ms`. */
  async next(ms: number): Promise<ClusterView | undefined> {
    if (this.#view === undefined && this.#failure === undefined) await this.#waitFor(ms);
    if (this.#failure !== undefined) throw this.#failure.error;
    const view = this.#view;
    this.#view = undefined;
    return view;
  }

  async #waitFor(ms: number): Promise<void> {
    const woken = new AbortController();
    this.#wake = () => woken.abort(WOKEN);
    try {
      await this.#dcs.store.clock.sleep(Math.max(0, ms), woken.signal);
    } catch {
      // Woken: by a view, or by the end of the watch.
    }
  }

  async #follow(): Promise<void> {
    try {
      for await (const view of this.#dcs.watch({ signal: this.#signal })) {
        this.#view = view;
        this.#wake();
      }
    } catch (error) {
      this.#failure = { error };
      this.#wake();
    }
  }
}

const FAILED = Symbol('failed');
/** A reason of our own: to make the one that `abort` has by default costs a stack trace each time. */
const WOKEN = Symbol('woken');

/** What an outage, a lost session or an expired lease throw is for the next round; everything else is for the caller. */
async function tolerant<T>(work: Promise<T>): Promise<T | typeof FAILED> {
  try {
    return await work;
  } catch (error) {
    const passing = DcsError.is(error) && ['UNAVAILABLE', 'SESSION_LOST', 'LEASE_LOST', 'LIMIT'].includes(error.code);
    if (passing) return FAILED;
    throw error;
  }
}

function mayNotRun(view: ClusterView | undefined, name: string): boolean {
  return view?.leader !== undefined && view.leader.name !== name;
}
