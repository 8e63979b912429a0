import type { Session } from './store.ts';

/** Gone on the store, or ended by us. */
export type Loss = 'lost' | 'ended';

/** One session and the moment from which its guarantee counts. A lease belongs to one hold and ends with it. */
export class Hold {
  readonly session: Session;
  /** Milliseconds, as asked for; the store may have granted more. */
  readonly ttl: number;
  /** On the store's clock: just before the last answered renewal, or the opening, was sent. */
  renewedAt: number;
  #lost = false;
  readonly #onLost = new Set<(how: Loss) => void>();

  constructor(session: Session, openedAt: number, ttl: number) {
    this.session = session;
    this.ttl = ttl;
    this.renewedAt = openedAt;
  }

  get lost(): boolean {
    return this.#lost;
  }

  /** The store said that the session is gone, or it is ended: whoever leans on it is told at once. */
  lose(how: Loss): void {
    if (this.#lost) return;
    this.#lost = true;
    for (const tell of this.#onLost) tell(how);
    this.#onLost.clear();
  }

  /** Calls back once when the session is lost; the returned function takes that back. */
  whenLost(tell: (how: Loss) => void): () => void {
    this.#onLost.add(tell);
    return () => this.#onLost.delete(tell);
  }
}
