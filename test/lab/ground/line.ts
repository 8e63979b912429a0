import { setTimeout as sleep } from 'node:timers/promises';
import { FaultProxy, type Heal, healing } from '@tenure/conformance';
import { toAddress } from '../../servers/served.ts';
import type { ClientProcess, LineFault, Order, StoreSpec } from '../client/index.ts';
import type { Random } from '../random.ts';
import type { Servers } from './servers.ts';

/** One client's way to the store. */
export interface Line extends AsyncDisposable {
  /** What the client is told of the store. */
  readonly store: StoreSpec;
  /** `ms`: of `delay`. */
  suffer(fault: LineFault, ms?: number): Promise<Heal>;
}

/** Of an embedded store: the client breaks its own link, so the fault ends with its process at the latest. */
export class LinkLine implements Line {
  readonly store: StoreSpec;
  readonly #client: () => ClientProcess;

  constructor(path: string, client: () => ClientProcess) {
    this.store = { type: 'embedded', path };
    this.#client = client;
  }

  async suffer(fault: LineFault, ms = 0): Promise<Heal> {
    const client = this.#client();
    await orderIfConnected(client, { type: 'line', fault, ms });
    return healing(() => orderIfConnected(client, { type: 'heal line' }));
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** A process that another fault kills meanwhile takes its link along. */
async function orderIfConnected(client: ClientProcess, order: Order): Promise<void> {
  try {
    await client.order(order);
  } catch (error) {
    if (client.connected) throw error;
  }
}

/** Through a fault proxy for each node, in their order. */
export class ProxyLine implements Line {
  readonly store: StoreSpec;
  readonly #proxies: readonly FaultProxy[];

  private constructor({ type, login }: Servers, proxies: readonly FaultProxy[]) {
    this.#proxies = proxies;
    this.store = { type, endpoints: proxies.map(({ address }) => `${address.host}:${address.port}`), ...login };
  }

  static async open(servers: Servers): Promise<ProxyLine> {
    const addresses = servers.cluster.endpoints.map(toAddress);
    return new ProxyLine(servers, await Promise.all(addresses.map((address) => FaultProxy.open(address))));
  }

  async suffer(fault: LineFault, ms = 0): Promise<Heal> {
    return together(this.#proxies.map((proxy) => suffer(proxy, fault, ms)));
  }

  /** Silence to every node but one. */
  only(node: number): Heal {
    return together(this.#proxies.filter((_, index) => index !== node).map((proxy) => proxy.cut()));
  }

  /** Silence to the nodes that it is connected to now; another one may be had at once. */
  cutUsed(): Heal {
    return together(this.#proxies.filter(({ open }) => open > 0).map((proxy) => proxy.cut()));
  }

  /** The server's sides of all connections are closed, and the client is never told. */
  halfOpen(): void {
    for (const proxy of this.#proxies) proxy.halfOpen();
  }

  /** Each connection breaks in the middle of the next packet that comes. */
  tear(): void {
    for (const proxy of this.#proxies) proxy.tear('down', 3);
  }

  /** The delay of each node's line changes all the time: what is sent later on another connection may arrive sooner. */
  jitter(most: number, random: Random): Heal {
    const stop = new AbortController();
    const waver = async (proxy: FaultProxy) => {
      while (!stop.signal.aborted) {
        proxy.up.delay = random() * most;
        proxy.down.delay = random() * most;
        await sleep(most / 2, undefined, { signal: stop.signal }).catch(() => undefined);
      }
      proxy.up.delay = 0;
      proxy.down.delay = 0;
    };
    const wavering = this.#proxies.map(waver);
    return healing(async () => {
      stop.abort();
      await Promise.all(wavering);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#proxies.map((proxy) => proxy.close()));
  }
}

function suffer(proxy: FaultProxy, fault: LineFault, ms: number): Heal {
  if (fault === 'delay') return proxy.delay(ms);
  if (fault !== 'reset') return proxy[fault]();
  proxy.reset();
  return healing(() => undefined);
}

export function together(heals: readonly Heal[]): Heal {
  return healing(async () => {
    await Promise.all(heals.map((heal) => heal()));
  });
}
