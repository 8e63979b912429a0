import { setInterval } from 'node:timers/promises';
import { type ClusterView, type Dcs, isPaused, type MemberData } from '@tenure/core';

const EVERY = 500;

/** A Tenure member as a daemon beside Patroni's would be: it stays alive, follows the watch, and says when it has seen a pause. */
export class OwnMember implements AsyncDisposable {
  /** Who led, in the order in which the watch told; the same one is not told twice. */
  readonly leaders: (string | undefined)[] = [];
  readonly dcs: Dcs;
  readonly #stop = new AbortController();
  readonly #running: Promise<unknown>;
  latest: ClusterView | undefined;

  constructor(dcs: Dcs, data: MemberData) {
    this.dcs = dcs;
    this.#running = Promise.all([this.#follow(data), this.#live()]);
  }

  /** Without a word to the store: its keys go when their session ends. */
  async halt(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.halt();
    await this.dcs.close();
  }

  async #follow(data: MemberData): Promise<void> {
    try {
      for await (const view of this.dcs.watch({ signal: this.#stop.signal })) {
        this.latest = view;
        if (this.leaders.length === 0 || this.leaders.at(-1) !== view.leader?.name)
          this.leaders.push(view.leader?.name);
        await this.dcs.announce({ ...data, ...(isPaused(view) && { pause: true }) }, { signal: this.#stop.signal });
      }
    } catch (error) {
      if (!this.#stop.signal.aborted) throw error;
    }
  }

  async #live(): Promise<void> {
    const { signal } = this.#stop;
    try {
      for await (const _ of setInterval(EVERY, undefined, { signal })) await this.dcs.keepAlive({ signal });
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}
