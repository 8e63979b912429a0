import type { Session, Store } from '@tenure/core';
import type { Admin, Faults, Harness, Heal } from './harness.ts';
import { healing } from './harness.ts';
import { type Address, FaultProxy } from './proxy.ts';

/** A store with addresses, and what a proxy cannot do to it. */
export interface ProxiedStore {
  readonly name: string;
  /** As in `Harness`. */
  readonly ttl: number;
  readonly grace: number;
  /** Where the server, or each node of it, listens. */
  readonly endpoints: readonly Address[];
  /** A client of the server at these addresses, one for each endpoint and in the same order. */
  connect(endpoints: readonly Address[]): Store | Promise<Store>;
  readonly restart?: () => Promise<void>;
  readonly expire?: (session: Session) => Promise<void>;
  readonly admin?: Admin;
}

/** A harness whose every client has a fault proxy of its own for each endpoint. Dispose it to close the proxies. */
export function proxyHarness(store: ProxiedStore): Harness & AsyncDisposable {
  const proxies = new Map<Store, readonly FaultProxy[]>();
  const of = (client: Store): readonly FaultProxy[] => {
    const found = proxies.get(client);
    if (found === undefined) throw new TypeError(`${client.name}: not a store that this harness connected`);
    return found;
  };
  const faults: Faults = {
    cut: async (client) => together(of(client).map((proxy) => proxy.cut())),
    mute: async (client) => together(of(client).map((proxy) => proxy.mute())),
    freeze: async (client) => together(of(client).map((proxy) => proxy.freeze())),
    delay: async (client, ms) => together(of(client).map((proxy) => proxy.delay(ms))),
    refuse: async (client) => together(of(client).map((proxy) => proxy.refuse())),
    reset: async (client) => of(client).forEach((proxy) => void proxy.reset()),
    // No protocol has a reply of so few bytes.
    tear: async (client) => of(client).forEach((proxy) => void proxy.tear('down', 3)),
    connections: (client) => of(client).reduce((sum, proxy) => sum + proxy.open, 0),
    ...(store.restart && { restart: store.restart }),
    ...(store.expire && { expire: store.expire }),
  };
  return {
    name: store.name,
    ttl: store.ttl,
    grace: store.grace,
    faults,
    ...(store.admin && { admin: store.admin }),
    connect: async () => {
      const own = await Promise.all(store.endpoints.map((endpoint) => FaultProxy.open(endpoint)));
      const client = await store.connect(own.map((proxy) => proxy.address));
      proxies.set(client, own);
      return client;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...proxies.values()].flat().map((proxy) => proxy.close()));
      proxies.clear();
    },
  };
}

function together(heals: readonly Heal[]): Heal {
  return healing(async () => {
    await Promise.all(heals.map((heal) => heal()));
  });
}
