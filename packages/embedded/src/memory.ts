import { type Clock, type Entry, type Store, systemClock } from '@tenure/core';
import { MemoryData } from './memory-data.ts';
import { EmbeddedStore } from './store.ts';

let dataOf: (server: MemoryServer) => MemoryData;

/** The data that the memory stores of one process share: each `memory({ server })` is one more client of it. */
export class MemoryServer {
  /** Sessions expire by this clock. */
  readonly clock: Clock;
  readonly #data: MemoryData;

  static {
    dataOf = (server) => server.#data;
  }

  constructor(options: { readonly clock?: Clock } = {}) {
    this.clock = options.clock ?? systemClock;
    this.#data = new MemoryData(this.clock);
  }

  /** Ends a session as an administrator would: its keys go at once, and its client learns of it at its next call. */
  expire(sessionId: string): void {
    this.#data.endSession(sessionId);
  }

  /** Every session has its whole ttl before it again, as when another member of a replicated store becomes its leader. */
  prolongAll(): void {
    this.#data.prolongAll();
  }

  /** Everything whose key starts with `prefix`, now: what has expired is gone. */
  read(prefix: string): ReadonlyMap<string, Entry> {
    return this.#data.read(prefix);
  }

  /** Calls back, before anything else happens, with the keys that a step has changed; until the returned function is called. */
  subscribe(changed: (keys: Iterable<string>) => void): () => void {
    return this.#data.subscribe((change) => {
      if (change !== undefined) changed(change.keys);
    });
  }

  /** Stores bytes that need not be UTF-8 under a permanent key. */
  putRaw(key: string, bytes: Uint8Array): void {
    this.#data.putRaw(key, bytes);
  }
}

export interface MemoryOptions {
  /** The store's clock; the server's own when absent. */
  readonly clock?: Clock;
  /** The server to be a client of; a new one, on the same clock, when absent. */
  readonly server?: MemoryServer;
}

/**
 * A store in this process's memory: the reference adapter. A session expires exactly `ttl` after its last renewal, and
 * `guaranteed` is `ttl`.
 */
export function memory(options: MemoryOptions = {}): Store {
  const server = options.server ?? new MemoryServer(options);
  return new EmbeddedStore(dataOf(server), options.clock ?? server.clock);
}
