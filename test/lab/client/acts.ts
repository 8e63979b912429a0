import { hostNow } from '../../clients/host-now.ts';
import type { Journal } from './journal.ts';

/** Milliseconds. */
const FLUSH_EVERY = 300;

/** What a client does as leader, merged into few events. */
export class Acts {
  readonly #journal: Journal;
  readonly #client: string;
  #merged: { token: number; from: number; to: number; count: number; paused: number } | undefined;

  constructor(journal: Journal, client: string) {
    this.#journal = journal;
    this.#client = client;
  }

  /** One act under `token`: `at` was read before the look at the lease that let it pass, and now the act ends. */
  add(token: number, at: number): void {
    if (this.#merged?.token !== token) this.flush();
    this.#merged ??= { token, from: at, to: at, count: 0, paused: 0 };
    const merged = this.#merged;
    merged.to = at;
    merged.count += 1;
    merged.paused = Math.max(merged.paused, hostNow() - at);
    if (at - merged.from >= FLUSH_EVERY) this.flush();
  }

  flush(): void {
    if (this.#merged === undefined) return;
    const { token, from, to, count, paused } = this.#merged;
    this.#journal.append({ at: hostNow(), type: 'act', client: this.#client, token, from, to, count, paused });
    this.#merged = undefined;
  }
}
