import type { ClusterView, Dcs } from '@tenure/core';

/** Keeps the view of a Dcs warm, and tells when it shows what is waited for. */
export class Watching implements AsyncDisposable {
  readonly #dcs: Dcs;
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;
  #tell: () => void = () => undefined;

  constructor(dcs: Dcs) {
    this.#dcs = dcs;
    this.#done = this.#follow();
  }

  async until(shows: (view: ClusterView) => boolean): Promise<void> {
    while (this.#dcs.latest === undefined || !shows(this.#dcs.latest)) {
      const next = Promise.withResolvers<void>();
      this.#tell = next.resolve;
      await next.promise;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  async #follow(): Promise<void> {
    try {
      for await (const _ of this.#dcs.watch({ signal: this.#stop.signal })) this.#tell();
    } catch (error) {
      if (!this.#stop.signal.aborted) throw error;
    }
  }
}
