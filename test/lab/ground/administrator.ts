import { setTimeout as sleep } from 'node:timers/promises';
import type { Harness } from '@tenure/conformance';
import { Layout, type Session } from '@tenure/core';
import { hostNow } from '../../clients/host-now.ts';
import type { Journal } from '../client/index.ts';
import { byLeaderKey, type FindLeadership, type Leadership } from './leadership.ts';
import { inTime } from './servers.ts';

/** Milliseconds. */
const ASK_AGAIN = 200;
/** Milliseconds in which no office changes hands twice. */
const SOON = 250;
/** Whom a hand-written leader key names. */
export const NOBODY = 'nobody';

/** Someone who helps himself to a scope, by hand and without regard for leases. */
export class Administrator {
  readonly #layout: Layout;
  readonly #journal: Journal;
  readonly #open: () => Harness & Partial<AsyncDisposable>;
  readonly #find: FindLeadership;

  /** `open` gives him tools for one errand. */
  constructor(
    scope: string,
    journal: Journal,
    open: () => Harness & Partial<AsyncDisposable>,
    find: FindLeadership = byLeaderKey,
  ) {
    this.#layout = new Layout({ scope });
    this.#journal = journal;
    this.#open = open;
    this.#find = find;
  }

  async deleteLeader(): Promise<void> {
    await this.#errand(async (harness) => {
      const found = await this.#leadership(harness);
      if (found === undefined) return;
      await this.#deed(null, async () => await harness.admin?.delete(found.key));
    });
  }

  /** Names somebody who does not exist. Whether the key keeps its session is the store's affair. */
  async overwriteLeader(): Promise<void> {
    const nobody = Buffer.from(NOBODY);
    await this.#errand(({ admin }) =>
      this.#deed(NOBODY, async () => await admin?.putRaw(this.#layout.key('leader'), nobody)),
    );
  }

  /**
   * Takes his own value away again, however often the store has to be asked for it.
   * @throws Error when it is still there at `until`, on `hostNow`
   */
  async clearLeader(until: number): Promise<void> {
    let cleared = false;
    while (!cleared) {
      if (hostNow() > until) throw new Error('the leader key could not be cleared');
      await this.#errand(async ({ admin }) => {
        const key = this.#layout.key('leader');
        const value = await admin?.get(key);
        if (value !== undefined && Buffer.from(value).toString() === NOBODY) {
          await this.#deed(null, async () => await admin?.delete(key));
        }
        cleared = true;
      });
      await sleep(ASK_AGAIN);
    }
  }

  /** Ends the holder's session, if there is one. */
  async revokeSession(): Promise<void> {
    await this.#errand(async (harness) => {
      const id = (await this.#leadership(harness))?.session;
      if (id === undefined) return;
      // He knows no more of it than its name.
      await this.#deed(null, async () => await harness.faults?.expire?.({ id } as Session));
    });
  }

  async #leadership(harness: Harness): Promise<Leadership | undefined> {
    await using store = await harness.connect();
    return this.#find((await store.read(this.#layout.prefix)).entries, this.#layout);
  }

  /**
   * Written down just before he does it, for it may take effect, and somebody else be elected, before he hears that it is done; and,
   * if that took long, when he has heard: on a store that was away it may be another term that it hits.
   */
  async #deed(value: string | null, work: () => Promise<unknown>): Promise<void> {
    const began = hostNow();
    this.#note(value);
    await work();
    if (hostNow() - began > SOON) this.#note(value);
  }

  #note(value: string | null): void {
    this.#journal.append({ at: hostNow(), type: 'state', key: 'leader', value, by: 'administrator' });
  }

  /** What the store does not answer in time is left undone, or done later. */
  async #errand(work: (harness: Harness) => Promise<unknown>): Promise<void> {
    const harness = this.#open();
    try {
      await inTime(work(harness));
    } catch {
      // The store is not there, or the key is not.
    } finally {
      await inTime(Promise.resolve(harness[Symbol.asyncDispose]?.()));
    }
  }
}
