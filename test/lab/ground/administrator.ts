import type { Harness } from '@tenure/conformance';
import { Layout, type Session } from '@tenure/core';
import { hostNow, type Journal } from '../client/index.ts';
import { inTime } from './servers.ts';

/** Whom a hand-written leader key names. */
export const NOBODY = 'nobody';

/** Someone who helps himself to a scope, by hand and without regard for leases. */
export class Administrator {
  readonly #layout: Layout;
  readonly #journal: Journal;
  readonly #open: () => Harness & Partial<AsyncDisposable>;

  /** `open` gives him tools for one errand. */
  constructor(scope: string, journal: Journal, open: () => Harness & Partial<AsyncDisposable>) {
    this.#layout = new Layout({ scope });
    this.#journal = journal;
    this.#open = open;
  }

  async deleteLeader(): Promise<void> {
    await this.#errand(null, async ({ admin }) => await admin?.delete(this.#layout.key('leader')));
  }

  /** Names somebody who does not exist. Whether the key keeps its session is the store's affair. */
  async overwriteLeader(): Promise<void> {
    await this.#errand(
      NOBODY,
      async ({ admin }) => await admin?.putRaw(this.#layout.key('leader'), Buffer.from(NOBODY)),
    );
  }

  /** Ends the holder's session, if there is one. */
  async revokeSession(): Promise<void> {
    await this.#errand(null, async (harness) => {
      await using store = await harness.connect();
      const key = this.#layout.key('leader');
      const id = (await store.read(key)).entries.get(key)?.session;
      // He knows no more of it than its name.
      if (id !== undefined) await harness.faults?.expire?.({ id } as Session);
    });
  }

  /** What the store does not answer in time is left undone, or done later. */
  async #errand(value: string | null, work: (harness: Harness) => Promise<unknown>): Promise<void> {
    const harness = this.#open();
    try {
      this.#journal.append({ at: hostNow(), type: 'state', key: 'leader', value, by: 'administrator' });
      await inTime(work(harness));
    } catch {
      // The store is not there, or the key is not.
    } finally {
      await harness[Symbol.asyncDispose]?.();
    }
  }
}
