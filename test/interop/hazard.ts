import type { Dcs, Session, Store } from '@tenure/core';
import type { Server } from '../clients/connect.ts';
import type { PatroniDcs, PatroniDriver } from './driver.ts';
import type { Ground } from './ground.ts';

/** Something that Patroni's classes do and nobody should copy, shown on them, and Tenure in the same place. */
export interface Hazard {
  /** As docs/interop.md numbers them. */
  readonly id: string;
  readonly title: string;
  /** Where Patroni does it. */
  readonly stores: readonly Server[];
  theirs(yard: Yard): Promise<void>;
  ours(yard: Yard): Promise<void>;
}

/** Seconds: short ones, for what is asked of a store that does not answer. */
const TIMES = { ttl: 30, loop_wait: 3, retry_timeout: 3 };

/** A scope of its own, and whoever is needed in it. */
export class Yard implements AsyncDisposable {
  readonly ground: Ground;
  readonly scope: string;
  readonly store: Store;
  readonly #driver: PatroniDriver;
  readonly #held = new AsyncDisposableStack();

  constructor(ground: Ground, scope: string, driver: PatroniDriver) {
    this.ground = ground;
    this.scope = scope;
    this.#driver = driver;
    this.store = this.#held.use(ground.connect());
  }

  /** Patroni's class; all of them answer one after the other. */
  async patroni(name: string, ground = this.ground): Promise<PatroniDcs> {
    return await this.#driver.open(ground.config(this.scope, name, TIMES));
  }

  tenure(name: string, ground = this.ground): Dcs {
    const timing = {
      ttl: TIMES.ttl * 1000,
      loopWait: TIMES.loop_wait * 1000,
      retryTimeout: TIMES.retry_timeout * 1000,
    };
    return this.#held.use(ground.dcs(this.scope, name, { timing }));
  }

  async session(): Promise<Session> {
    return this.#held.use(await this.store.openSession(TIMES.ttl * 1000));
  }

  /** What is stored under a key of the layout. */
  async stored(key: string): Promise<string | undefined> {
    const path = this.key(key);
    return (await this.store.read(path)).entries.get(path)?.value;
  }

  /** Whatever is there, and whoever it belongs to, becomes this. */
  async put(key: string, value: string, session?: Session): Promise<void> {
    const write = { type: 'put', key: this.key(key), value, ...(session && { session }) } as const;
    await this.store.commit({ guards: [], writes: [write] });
  }

  use<T extends AsyncDisposable>(it: T): T {
    return this.#held.use(it);
  }

  key(key: string): string {
    return `/service/${this.scope}/${key}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#held.disposeAsync();
  }
}
