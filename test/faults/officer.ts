import { setTimeout as sleep } from 'node:timers/promises';
import { Dcs, DcsError, type DcsOptions, type Lease } from '@tenure/core';
import { now, until } from './outage-parts.ts';

/** A daemon with a loop of its own: once in office it renews each `loopWait`, whatever a renewal throws, and acts each millisecond. */
export class Officer implements AsyncDisposable {
  readonly dcs: Dcs;
  readonly lease: Lease;
  /** What renewals threw, and when. */
  readonly failures: { readonly error: DcsError; readonly at: number }[] = [];
  lastAct = now();
  renewals = 0;
  /** Between two answered renewals, milliseconds. */
  longestGap = 0;
  readonly #leaving = new AbortController();
  readonly #acting: NodeJS.Timeout;
  readonly #loop: Promise<void>;

  private constructor(dcs: Dcs, lease: Lease) {
    this.dcs = dcs;
    this.lease = lease;
    this.#acting = setInterval(() => {
      if (lease.held) this.lastAct = now();
    }, 1);
    this.#loop = this.#renew();
  }

  static async elect(options: DcsOptions): Promise<Officer> {
    const dcs = new Dcs(options);
    const lease = await until('the election', async () => {
      return await dcs.acquire().catch((error: unknown) => {
        if (!DcsError.is(error, 'UNAVAILABLE')) throw error;
        return undefined;
      });
    });
    return new Officer(dcs, lease);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#leaving.abort();
    await this.#loop;
    clearInterval(this.#acting);
    await this.dcs.close();
  }

  async #renew(): Promise<void> {
    const { signal } = this.#leaving;
    let answered = now();
    while (this.lease.held && !signal.aborted) {
      try {
        await this.lease.renew({ signal });
        this.longestGap = Math.max(this.longestGap, now() - answered);
        answered = now();
        this.renewals += 1;
      } catch (error) {
        if (signal.aborted) return;
        if (!DcsError.is(error)) throw error;
        this.failures.push({ error, at: now() });
      }
      await sleep(this.dcs.timing.loopWait, undefined, { signal }).catch(() => undefined);
    }
  }
}
