import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { setTimeout as sleep } from 'node:timers/promises';
import { FaultProxy } from '@tenure/conformance';
import { Dcs, type DcsOptions, type OperationEvent, type Store, systemClock } from '@tenure/core';
import { toAddress } from '../servers/served.ts';
import type { Backend, Cluster } from './backend.ts';

/** Milliseconds for messages, the scheduler of a machine that others load too, and an election that has to be repeated; never part of a safety check. */
export const SLACK = 5000;

/** The clock of every store and every act in this process. */
export const now = () => systemClock.now();
export const newScope = () => `outage-${randomUUID()}`;
export const ms = (value: number) => `${value.toFixed(0)} ms`;

/** Waits until `condition` gives something other than `undefined` and `false`. */
export async function until<T>(
  what: string,
  condition: () => T | undefined | false | Promise<T | undefined | false>,
  within = 30_000,
): Promise<T> {
  const deadline = now() + within;
  for (;;) {
    const result = await condition();
    if (result !== undefined && result !== false) return result;
    if (now() > deadline) assert.fail(`${what}: not within ${within} ms`);
    await sleep(5);
  }
}

/** `list`, beginning with its element `first`. */
export function startingAt<T>(list: readonly T[], first: number): T[] {
  return [...list.slice(first), ...list.slice(0, first)];
}

/** One client's way to the nodes: a fault proxy for each endpoint, in the order in which the client tries them. */
export class Route implements AsyncDisposable {
  readonly proxies: readonly FaultProxy[];
  readonly store: Store;

  private constructor({ connect }: Pick<Backend, 'connect'>, proxies: readonly FaultProxy[]) {
    this.proxies = proxies;
    this.store = connect(proxies.map(({ address }) => `${address.host}:${address.port}`));
  }

  static async open(backend: Pick<Backend, 'connect'>, endpoints: readonly string[]): Promise<Route> {
    return new Route(backend, await Promise.all(endpoints.map((endpoint) => FaultProxy.open(toAddress(endpoint)))));
  }

  /** Connects to the first endpoint, also a client that would begin with another; from now on it uses that one. */
  async begin(): Promise<this> {
    const heals = this.proxies.slice(1).map((proxy) => proxy.refuse());
    try {
      await this.store.read('/');
    } finally {
      await Promise.all(heals.map((heal) => heal()));
    }
    return this;
  }

  /** The proxy of the endpoint at `index`. */
  at(index: number): FaultProxy {
    const proxy = this.proxies[index];
    if (proxy === undefined) throw new RangeError(`index is ${index}; there are ${this.proxies.length} endpoints`);
    return proxy;
  }

  dcs(options: Pick<DcsOptions, 'scope' | 'timing'> & { name?: string }): Dcs {
    return new Dcs({ store: this.store, name: 'a', ...options });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.store.close();
    await Promise.all(this.proxies.map((proxy) => proxy.close()));
  }
}

/** Every call that a Dcs of this process makes on a store, while in use. */
export class Operations implements Disposable {
  readonly seen: (OperationEvent & { readonly at: number })[] = [];
  readonly #listen = (event: unknown) => void this.seen.push({ ...(event as OperationEvent), at: now() });

  constructor() {
    subscribe('tenure:operation', this.#listen);
  }

  /** Those that began, not counting repetitions within one operation, from `from` to `to`. */
  between(from: number, to: number) {
    return this.seen.filter(({ at, attempt }) => attempt === 1 && at >= from && at < to);
  }

  [Symbol.dispose](): void {
    unsubscribe('tenure:operation', this.#listen);
  }
}

/** Brings back whatever was stopped or frozen; resolves when every node serves. */
export async function mend(cluster: Cluster): Promise<void> {
  for (const node of cluster.nodes) {
    if (node.frozen) node.thaw();
    if (!node.alive) await node.restart();
  }
  await cluster.ready();
}
