import type { SessionEvent } from '@tenure/core';
import type { Reading } from './instruments.ts';

/** The sessions that are open, each with what the store granted. */
export class SessionsInUse {
  readonly #open = new Map<string, SessionEvent>();

  note(event: SessionEvent): void {
    const key = JSON.stringify([event.store, event.scope, event.session]);
    if (event.event === 'opened') this.#open.set(key, event);
    else this.#open.delete(key);
  }

  /** In seconds. Of several sessions of one scope, the one that was opened last. */
  *now(field: 'ttl' | 'guaranteed'): Iterable<Reading> {
    const last = new Map<string, Reading>();
    for (const event of this.#open.values()) {
      const { store, scope } = event;
      last.set(JSON.stringify([store, scope]), { labels: { store, scope }, value: event[field] / 1000 });
    }
    yield* last.values();
  }
}
