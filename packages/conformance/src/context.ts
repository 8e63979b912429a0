import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { DcsError, type Store, systemClock } from '@tenure/core';
import type { Admin, Faults, Harness } from './harness.ts';

/**
 * What a busy machine may hold any promise or timer up for: sixteen cases share two cores. It belongs to the machine and
 * not to the store, hence no ratio of the ttl. It is only ever added to upper bounds.
 */
const MACHINE = 3000;

/** The world of one case: its own root, its own clients, its own time limit. */
export class Context implements AsyncDisposable {
  readonly harness: Harness;
  /** The prefix of every key of this case. Ends in a slash; no other case shares it. */
  readonly root = `/conformance-${randomBytes(6).toString('hex')}/`;
  readonly #stores: Store[] = [];
  readonly #limit = new AbortController();

  constructor(harness: Harness) {
    this.harness = harness;
  }

  get ttl(): number {
    return this.harness.ttl;
  }

  get grace(): number {
    return this.harness.grace;
  }

  /** Upper bounds are `what the contract says + slack`: the machine, and a server as slow as its ttl lets it be. */
  get slack(): number {
    return MACHINE + this.ttl / 2;
  }

  /** Aborts when the case's time is up. */
  get signal(): AbortSignal {
    return this.#limit.signal;
  }

  /** The hooks that the case declared as its needs. */
  get faults(): Required<Faults> {
    return this.harness.faults as Required<Faults>;
  }

  get admin(): Admin {
    return this.harness.admin as Admin;
  }

  key(name: string): string {
    return this.root + name;
  }

  /** Milliseconds on a monotonic clock. */
  now(): number {
    return systemClock.now();
  }

  /** A client that is closed when the case ends. */
  async connect(): Promise<Store> {
    const store = await this.harness.connect();
    this.#stores.push(store);
    return store;
  }

  sleep(ms: number): Promise<void> {
    return systemClock.sleep(ms, this.signal);
  }

  /** Sleeps for this part of the shortest ttl. */
  sleepTtl(ratio: number): Promise<void> {
    return this.sleep(this.ttl * ratio);
  }

  /** The first answer of `condition` that is neither `false` nor `undefined`; fails when none came in time. */
  async until<T>(condition: () => T | Promise<T>, withinMs: number): Promise<Exclude<T, false | undefined>> {
    const started = this.now();
    for (;;) {
      const last = this.now() - started > withinMs;
      const answer = await condition();
      if (answer !== false && answer !== undefined) return answer as Exclude<T, false | undefined>;
      if (last) assert.fail(`not within ${Math.round(withinMs)} ms: ${condition.toString().replace(/\s+/g, ' ')}`);
      await this.sleep(Math.min(50, this.ttl / 30));
    }
  }

  /** The first answer of a call that may be UNAVAILABLE for a while. */
  async recovers<T>(call: () => Promise<T>, withinMs: number): Promise<T> {
    const answer = await this.until(async () => {
      try {
        return { value: await call() };
      } catch (error) {
        if (!DcsError.is(error, 'UNAVAILABLE')) throw error;
        return undefined;
      }
    }, withinMs);
    return answer.value;
  }

  /** The outcome of a call that has to settle in time, whichever way. */
  async settles<T>(call: Promise<T>, withinMs: number): Promise<T> {
    const late = Promise.withResolvers<never>();
    const cancel = systemClock.timer(withinMs, () =>
      late.reject(new assert.AssertionError({ message: `not settled within ${Math.round(withinMs)} ms` })),
    );
    try {
      return await Promise.race([call, late.promise]);
    } finally {
      cancel();
    }
  }

  /** Runs the body; a body that hangs fails instead. */
  async within(body: Promise<void>): Promise<void> {
    // The longest case waits for about six lifetimes of a session; the rest is for connecting and for a busy machine.
    const limit = 20_000 + 10 * (this.ttl + this.grace);
    const late = Promise.withResolvers<void>();
    const cancel = setTimeout(() => {
      const error = new assert.AssertionError({ message: `not finished within ${limit} ms` });
      this.#limit.abort(error);
      late.reject(error);
    }, limit);
    try {
      await Promise.race([body, late.promise]);
    } finally {
      clearTimeout(cancel);
    }
  }

  /** Leaves nothing behind, in so far as the server still answers. Never fails: the verdict is the body's. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#limit.abort(new Error('the case is over'));
    const patience = AbortSignal.timeout(5000);
    const over = new Promise<void>((resolve) => patience.addEventListener('abort', () => resolve(), { once: true }));
    await Promise.race([Promise.allSettled([this.#sweep(patience), ...this.#stores.map((s) => s.close())]), over]);
  }

  async #sweep(signal: AbortSignal): Promise<void> {
    const store = await this.harness.connect();
    try {
      const { entries } = await store.read(this.root, { signal });
      for (const key of entries.keys()) {
        await store.commit({ guards: [], writes: [{ type: 'delete', key }] }, { signal });
      }
    } finally {
      await store.close();
    }
  }
}
