import { type Clock, type ClusterView, DcsError, type Snapshot, type Store } from '@tenure/core';
import type { ClusterJson, ClustersEvent, Freshness } from '../page/wire.ts';
import { Chronicle } from './chronicle.ts';
import { clusterId, clusterJson } from './cluster-json.ts';
import { clustersOf, namespacePrefix } from './namespace.ts';

interface Shown {
  readonly json: ClusterJson;
  /** To tell what changed from what was only read again. */
  readonly text: string;
}

/** Every cluster of a namespace, kept up by one watch, and told to whoever listens. */
export class NamespaceFeed {
  readonly #store: Store;
  readonly #namespace: string;
  readonly #chronicle = new Chronicle();
  readonly #listeners = new Set<(event: ClustersEvent) => void>();
  readonly #clock: Clock;
  #shown = new Map<string, Shown>();
  #snapshot: Pick<Snapshot, 'stale' | 'asOf'>;

  constructor(store: Store, namespace: string, first: Snapshot) {
    this.#store = store;
    this.#namespace = namespace;
    this.#clock = store.clock;
    this.#snapshot = first;
    this.#take(first);
  }

  /**
   * Starts with a read, so that a store that cannot be reached is told at once.
   * @throws DcsError UNAVAILABLE, DENIED
   */
  static async open(store: Store, namespace: string, signal: AbortSignal, timeout: number): Promise<NamespaceFeed> {
    const first = await store.read(namespacePrefix(namespace), { signal, timeout });
    return new NamespaceFeed(store, namespace, first);
  }

  /** Follows the store until `signal` aborts, with whose reason it rejects. Milliseconds. */
  async run(signal: AbortSignal, staleAfter: number): Promise<never> {
    const watch = this.#store.watch(namespacePrefix(this.#namespace), { signal, staleAfter });
    for await (const snapshot of watch) {
      const event = this.#take(snapshot);
      for (const tell of this.#listeners) tell(event);
    }
    throw new DcsError('CLOSED', 'the watch has ended', { store: this.#store.name });
  }

  get clusters(): readonly ClusterJson[] {
    return [...this.#shown.values()].map(({ json }) => json);
  }

  get freshness(): Freshness {
    const { stale, asOf } = this.#snapshot;
    return { stale, age: Math.max(0, Math.round(this.#clock.now() - asOf)) };
  }

  /** Calls `tell` for each state from now on, until the returned function is called. */
  listen(tell: (event: ClustersEvent) => void): () => void {
    this.#listeners.add(tell);
    return () => this.#listeners.delete(tell);
  }

  #take(snapshot: Snapshot): ClustersEvent {
    this.#snapshot = snapshot;
    const at = new Date().toISOString();
    const now = clustersOf(this.#namespace, snapshot, this.#clock).map((view) => this.#show(view, at));
    const shown = new Map(now.map((cluster) => [cluster.json.id, cluster]));
    const changed = now.filter(({ json, text }) => this.#shown.get(json.id)?.text !== text).map(({ json }) => json);
    const gone = [...this.#shown.keys()].filter((id) => !shown.has(id));
    for (const id of gone) this.#chronicle.forget(id);
    this.#shown = shown;
    return { changed, gone, ...this.freshness };
  }

  #show(view: ClusterView, at: string): Shown {
    const json = clusterJson(view, this.#chronicle.see(clusterId(view), view, at));
    return { json, text: JSON.stringify(json) };
  }
}
