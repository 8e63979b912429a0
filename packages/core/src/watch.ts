import { clusterOf, publishWatch, type WatchEvent } from './diagnostics.ts';
import type { Office } from './office.ts';
import type { Snapshot } from './store.ts';

/** The store's watch of a scope, understood, with its staleness told on `tenure:watch`. Ends at once when its consumer leaves. */
export class ViewWatch<View> implements AsyncIterableIterator<View> {
  readonly #office: Office;
  readonly #snapshots: AsyncIterator<Snapshot>;
  readonly #read: (snapshot: Snapshot) => View;
  readonly #onEnd: () => void;
  #stale = false;
  #ended = false;

  /** `onEnd` is called exactly once, however it ends. */
  constructor(office: Office, signal: AbortSignal, read: (snapshot: Snapshot) => View, onEnd: () => void) {
    const { store, layout, timing } = office;
    this.#office = office;
    this.#snapshots = store.watch(layout.viewPrefix, { signal, staleAfter: timing.loopWait })[Symbol.asyncIterator]();
    this.#read = read;
    this.#onEnd = onEnd;
  }

  async next(): Promise<IteratorResult<View>> {
    try {
      const result = await this.#snapshots.next();
      if (result.done === true || this.#ended) return this.#end();
      this.#tell(result.value.stale);
      return { done: false, value: this.#read(result.value) };
    } catch (error) {
      this.#end();
      throw error;
    }
  }

  async return(): Promise<IteratorResult<View>> {
    const end = this.#end();
    await this.#snapshots.return?.();
    return end;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #tell(stale: boolean): void {
    if (stale === this.#stale) return;
    this.#stale = stale;
    this.#publish(stale ? 'stale' : 'fresh');
  }

  #publish(event: WatchEvent['event']): void {
    const { store, layout } = this.#office;
    publishWatch(() => ({ ...clusterOf(store, layout), event }));
  }

  #end(): IteratorResult<View> {
    if (!this.#ended) {
      this.#ended = true;
      if (this.#stale) this.#publish('ended');
      this.#onEnd();
    }
    return { done: true, value: undefined };
  }
}
