import type { Session } from './store.ts';

/** One session and the moment from which its guarantee counts. A lease belongs to one hold and ends with it. */
export class Hold {
  readonly session: Session;
  /** Milliseconds, as asked for; the store may have granted more. */
  readonly ttl: number;
  /** On the store's clock: just before the last answered renewal, or the opening, was sent. */
  renewedAt: number;
  #lost = false;
  readonly #onLost = new Set<() => void>();

  constructor(session: Session, openedAt: number, ttl: number) {
    this.session = session;
    this.ttl = ttl;
    this.renewedAt = openedAt;
  }

  get lost(): boolean {
    return this.#lost;
  }

  /** The store said that the session is gone, or it was ended: whoever leans on it is told at once. */
  lose(): void {
    if (this.#lost) return;
    this.#lost = true;
    for (const tell of this.#onLost) tell();
    this.#onLost.clear();
  }

  /** Calls back once when the session is lost; the returned function takes that back. */
  whenLost(tell: () => void): () => void {
    this.#onLost.add(tell);
    return () => this.#onLost.delete(tell);
  }
}
