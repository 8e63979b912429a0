import type { ClusterView, Dcs } from '@tenure/core';

/** Reads a watch of its own more slowly than it is told: it misses states, never the newest. */
export class SlowReader {
  readonly #dcs: Dcs;
  readonly #see: (view: ClusterView) => void;
  readonly #pause: () => Promise<void>;
  #newest: ClusterView | undefined;

  constructor(dcs: Dcs, see: (view: ClusterView) => void, pause: () => Promise<void>) {
    this.#dcs = dcs;
    this.#see = see;
    this.#pause = pause;
  }

  /** What it was told last, while it waits for more. */
  get newest(): ClusterView | undefined {
    return this.#newest;
  }

  async follow(): Promise<void> {
    for await (const view of this.#dcs.watch()) {
      this.#newest = undefined;
      this.#see(view);
      await this.#pause();
      this.#newest = view;
    }
  }
}
