import type { Lease } from './lease.ts';

/**
 * One attempt to take office that several callers share. Each may give up by its own signal; the attempt itself is stopped
 * only before it has sent its commit, and an office that was won for nobody is given back.
 */
export class Attempt {
  readonly #result: Promise<Lease | undefined>;
  readonly #abandoned = new AbortController();
  #waiting = 0;

  constructor(run: (abandoned: AbortSignal) => Promise<Lease | undefined>) {
    this.#result = run(this.#abandoned.signal);
    this.#result.then(
      (lease) => {
        // What the store does not answer is owed, and paid by the next `keepAlive` or attempt.
        if (this.abandoned) lease?.release().catch(() => undefined);
      },
      () => undefined,
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
    const leave = () => left.reject(signal.reason);
    signal.addEventListener('abort', leave, { once: true });
    if (signal.aborted) leave();
    try {
      return await Promise.race([left.promise, this.#result]);
    } finally {
      signal.removeEventListener('abort', leave);
      this.#waiting -= 1;
      if (this.#waiting === 0) this.#abandoned.abort(signal.reason);
    }
  }
}
