import { Layout, type Store } from '@tenure/core';
import { hostNow } from '../../clients/host-now.ts';
import { type Journal, ofRaw } from '../client/index.ts';
import { byLeaderKey, type FindLeadership } from './leadership.ts';

const documents = ['epoch', 'config', 'status'] as const;
type Key = 'leader' | (typeof documents)[number];

/** Watches the keys of a scope on a sound connection of its own, and writes down each change that it sees. */
export class Witness implements AsyncDisposable {
  /** Who leads, as the store has it now. */
  leader: string | undefined;
  epoch = 0;
  readonly #store: Store;
  readonly #layout: Layout;
  readonly #journal: Journal;
  readonly #find: FindLeadership;
  readonly #seen = new Map<string, string>();
  readonly #leaving = new AbortController();
  readonly #watching: Promise<void>;

  constructor(store: Store, scope: string, journal: Journal, find: FindLeadership = byLeaderKey) {
    this.#store = store;
    this.#layout = new Layout({ scope });
    this.#journal = journal;
    this.#find = find;
    this.#watching = this.#watch();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#leaving.abort();
    await this.#watching;
    await this.#store.close();
  }

  async #watch(): Promise<void> {
    const { signal } = this.#leaving;
    try {
      for await (const { entries } of this.#store.watch(this.#layout.prefix, { signal })) {
        // What one state showed has one time.
        const at = hostNow();
        this.#note(at, 'leader', this.#find(entries, this.#layout)?.name);
        for (const key of documents) this.#note(at, key, entries.get(this.#layout.key(key))?.value);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  #note(at: number, key: Key, raw: string | undefined): void {
    if (this.#seen.get(key) === raw) return;
    if (raw === undefined) this.#seen.delete(key);
    else this.#seen.set(key, raw);
    if (key === 'leader') this.leader = raw;
    if (key === 'epoch') this.epoch = Number(raw ?? 0);
    this.#journal.append({ at, type: 'state', key, value: raw === undefined ? null : ofRaw(key, raw) });
  }
}
