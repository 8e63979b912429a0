import type { Lease } from './lease.ts';

/**
 * One attempt to take office that several callers share. Each may give up by its own signal; the attempt itself is stopped
 * only before it has sent its commit, and an office that was won for nobody is given back.
 */
export class Attempt {
  readonly #result: Promise<Lease | undefined>;
  readonly #abandoned = new AbortController();
  #waiting = 0;
  #settled = false;

  constructor(run: (abandoned: AbortSignal) => Promise<Lease | undefined>) {
    this.#result = run(this.#abandoned.signal);
    this.#result.then(
      (lease) => {
        this.#settled = true;
        // What the store does not answer is owed, and paid by the next `keepAlive` or attempt.
        if (this.abandoned) lease?.release().catch(() => undefined);
      },
      () => {
        this.#settled = true;
      },
    );
  }

  /** Nobody waits for it any more: it is to be waited out, not joined. */
  get abandoned(): boolean {
    return this.#abandoned.signal.aborted;
  }

  abandon(): void {
    this.#abandoned.abort();
  }

  /** Never rejects. */
  async settled(): Promise<void> {
    await this.#result.catch(() => undefined);
  }

  /** @throws the reason of `signal`; what the attempt threw */
  async join(signal: AbortSignal): Promise<Lease | undefined> {
    this.#waiting += 1;
    const left = Promise.withResolvers<never>();
    let waits = true;
    const go = () => {
      if (!waits) return;
      waits = false;
      this.#waiting -= 1;
      if (this.#waiting === 0 && !this.#settled) this.#abandoned.abort(signal.reason);
    };
    const leave = () => {
      go();
      left.reject(signal.reason);
    };
    signal.addEventListener('abort', leave, { once: true });
    if (signal.aborted) leave();
    try {
      const lease = await Promise.race([left.promise, this.#result]);
      // Given up in the very turn in which it was won: it is given back, and nobody's.
      if (this.abandoned) signal.throwIfAborted();
      return lease;
    } finally {
      signal.removeEventListener('abort', leave);
      go();
    }
  }
}
