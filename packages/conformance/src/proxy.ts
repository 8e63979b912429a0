import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { breakOff } from '@tenure/core';
import { type Heal, healing } from './harness.ts';
import { type Direction, Pipe } from './pipe.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket | undefined;
  readonly pipes: readonly Pipe[];
}

/**
 * A TCP proxy that breaks as networks do. Only whole connections heal: one whose bytes were dropped is reset on heal,
 * since its stream has a hole.
 */
export class FaultProxy implements AsyncDisposable {
  /** Client to server. */
  readonly up = direction();
  /** Server to client. */
  readonly down = direction();
  /** Connections that came, those of them that were refused. */
  accepted = 0;
  refused = 0;
  readonly #target: Address;
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  #welcome: 'forward' | 'refuse' | 'hang' = 'forward';

  private constructor(target: Address) {
    this.#target = target;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#accept(client));
    this.#server.unref();
  }

  /** Listens on a free port of the loopback interface. */
  static async open(target: Address): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once('error', reject);
      proxy.#server.listen(0, '127.0.0.1', resolve);
    });
    proxy.#server.on('error', () => {});
    return proxy;
  }

  get address(): Address {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy is closed');
    return { host: '127.0.0.1', port: address.port };
  }

  /** Connections that the client has open now. */
  get open(): number {
    return this.#pairs.size;
  }

  /** Silence both ways. Sockets stay open; a new connection is accepted and hears nothing. */
  cut(): Heal {
    this.up.flow = 'drop';
    this.down.flow = 'drop';
    this.#welcome = 'hang';
    return this.#healing();
  }

  /** Replies are lost. */
  mute(): Heal {
    this.down.flow = 'drop';
    return this.#healing();
  }

  /** Holds all bytes and delivers them on heal. */
  freeze(): Heal {
    this.up.flow = 'hold';
    this.down.flow = 'hold';
    return this.#healing();
  }

  /** Every byte takes `ms` longer, each way. */
  delay(ms: number): Heal {
    this.up.delay = ms;
    this.down.delay = ms;
    return healing(() => {
      this.up.delay = 0;
      this.down.delay = 0;
    });
  }

  /** Resets every connection now, in the middle of whatever was under way. */
  reset(): void {
    for (const pair of this.#pairs) {
      for (const pipe of pair.pipes) pipe.flushHalf();
      breakPair(pair);
    }
  }

  /** Resets a connection in mid-packet: when `bytes` further bytes have passed in that direction. */
  tear(way: 'up' | 'down', bytes: number): void {
    this[way].tearAfter = bytes;
  }

  /** Resets every connection, and each new one as it comes. */
  refuse(): Heal {
    this.#welcome = 'refuse';
    this.reset();
    return this.#healing();
  }

  /** A new connection is accepted and hears nothing; those that are open go on. */
  hang(): Heal {
    this.#welcome = 'hang';
    return this.#healing();
  }

  /** The server's side of each open connection is closed, and the client is never told. New connections are sound. */
  halfOpen(): void {
    for (const { server, pipes } of this.#pairs) {
      for (const pipe of pipes) pipe.broken = true;
      server?.destroy();
    }
  }

  async close(): Promise<void> {
    for (const pair of this.#pairs) breakPair(pair);
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Resolves when every connection that was made until now is accepted: they are in order, so it is when one more is. */
  async #acceptAll(): Promise<void> {
    if (!this.#server.listening) return;
    const last = createConnection(this.address);
    last.on('error', () => {});
    await new Promise<void>((resolve) => void last.once('connect', resolve).once('close', () => resolve()));
    const isAccepted = () => [...this.#pairs].some(({ client }) => client.remotePort === last.localPort);
    while (!last.destroyed && !isAccepted()) await new Promise((resolve) => setImmediate(resolve));
    last.destroy();
    this.accepted--;
    if (this.#welcome === 'refuse') this.refused--;
  }

  #accept(client: Socket): void {
    this.accepted++;
    client.on('error', () => {});
    if (this.#welcome === 'refuse') {
      this.refused++;
      breakOff(client);
      return;
    }
    if (this.#welcome === 'hang') {
      const hung: Pair = { client, server: undefined, pipes: [] };
      this.#keep(hung);
      client.resume();
      return;
    }
    const server = createConnection({ ...this.#target, allowHalfOpen: true, noDelay: true });
    server.on('error', () => {});
    const tear = () => breakPair(pair);
    const pipes = [new Pipe(client, server, this.up, tear), new Pipe(server, client, this.down, tear)];
    const pair: Pair = { client, server, pipes };
    this.#keep(pair);
    server.on('close', (hadError) => {
      // A side that fell silent is not told what became of the other; a server that ended in order is piped as such.
      if (hadError && this.down.flow === 'pass' && !pipes.some((pipe) => pipe.broken)) breakOff(client);
    });
  }

  #keep(pair: Pair): void {
    this.#pairs.add(pair);
    pair.client.on('close', () => {
      this.#pairs.delete(pair);
      pair.server?.destroy();
    });
  }

  #healing(): Heal {
    return healing(async () => {
      // What was sent before the heal may still wait to be accepted, or lie unread in this process's sockets: it shares the fate
      // of the rest.
      await this.#acceptAll();
      for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
      this.#welcome = 'forward';
      this.up.flow = 'pass';
      this.down.flow = 'pass';
      for (const pair of this.#pairs) {
        const { server, pipes } = pair;
        if (server === undefined || server.destroyed || pipes.some((pipe) => pipe.broken)) breakPair(pair);
        else for (const pipe of pipes) pipe.flush();
      }
    });
  }
}

function breakPair({ client, server }: Pair): void {
  breakOff(client);
  if (server !== undefined) breakOff(server);
}

function direction(): Direction {
  return { flow: 'pass', delay: 0, tearAfter: undefined, bytes: 0, lost: 0 };
}
