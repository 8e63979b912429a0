import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { setTimeout as sleep } from 'node:timers/promises';
import { FaultProxy } from '@tenure/conformance';
import { Dcs, type DcsOptions, type OperationEvent, type Store, systemClock, type Timing } from '@tenure/core';
import { etcd } from '@tenure/etcd';
import type { EtcdCluster } from '../servers/index.ts';

/** What `startEtcd` with `fast` runs with: milliseconds until a follower that hears nothing stands for election, at most twice that. */
export const ELECTION = 500;
/** etcd looks for leases that ran out each 500 ms (server/lease/lessor.go `runLoop`). */
export const REVOKE_EVERY = 500;
/** Milliseconds for messages and the scheduler of a machine that others load too; never part of a safety check. */
export const SLACK = 1000;

/**
 * Room for one renewal that fails and another, in whatever moment a fault comes: `loopWait + retryTimeout + loopWait / 2`
 * is 3750 of 5000 ms, and a member that gives no answer costs a second (`retryTimeout` is shared by the members).
 */
export const ROOMY = { ttl: 5000, loopWait: 1500, retryTimeout: 1500 } as const satisfies Partial<Timing>;
/** For leases that are to run out: the shorter, the sooner. */
export const SHORT = { ttl: 2000, loopWait: 600, retryTimeout: 600 } as const satisfies Partial<Timing>;

/** The clock of every store and every act in this process. */
export const now = () => systemClock.now();
export const newScope = () => `outage-${randomUUID()}`;
export const ms = (value: number) => `${value.toFixed(0)} ms`;

/** Waits until `condition` gives something other than `undefined` and `false`. */
export async function until<T>(
  what: string,
  condition: () => T | undefined | false | Promise<T | undefined | false>,
  within = 15_000,
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

  private constructor(proxies: readonly FaultProxy[]) {
    this.proxies = proxies;
    this.store = etcd({ endpoints: proxies.map(({ address }) => `${address.host}:${address.port}`) });
  }

  static async open(endpoints: readonly string[]): Promise<Route> {
    const open = async (endpoint: string) => {
      const [host = '', port] = endpoint.split(':');
      return await FaultProxy.open({ host, port: Number(port) });
    };
    return new Route(await Promise.all(endpoints.map(open)));
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
export async function mend(cluster: EtcdCluster): Promise<void> {
  for (const node of cluster.nodes) {
    if (node.frozen) node.thaw();
    if (!node.alive) await node.restart();
  }
  await cluster.ready();
}
