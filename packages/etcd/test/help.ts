import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Snapshot, Store } from '@tenure/core';

/** Waits until `condition` gives something other than `undefined` and `false`. */
export async function until<T>(what: string, condition: () => T | Promise<T>, within = 15_000): Promise<T> {
  const deadline = performance.now() + within;
  for (;;) {
    const result = await condition();
    if (result !== undefined && result !== false) return result;
    if (performance.now() > deadline) assert.fail(`${what}: not within ${within} ms`);
    await sleep(20);
  }
}

/** Follows a watch and keeps what it yielded. */
export class Follower {
  readonly seen: Snapshot[] = [];
  error: unknown;
  readonly #iterator: AsyncIterator<Snapshot>;
  readonly #ended: Promise<void>;

  constructor(store: Store, prefix: string, staleAfter: number) {
    this.#iterator = store.watch(prefix, { staleAfter })[Symbol.asyncIterator]();
    this.#ended = this.#run();
  }

  get last(): Snapshot | undefined {
    return this.seen.at(-1);
  }

  value(key: string): string | undefined {
    return this.last?.entries.get(key)?.value;
  }

  async stop(): Promise<void> {
    await this.#iterator.return?.();
    await this.#ended;
  }

  async #run(): Promise<void> {
    try {
      for (;;) {
        const next = await this.#iterator.next();
        if (next.done === true) return;
        this.seen.push(next.value);
      }
    } catch (error) {
      this.error = error;
    }
  }
}

/** A TCP proxy on loopback whose open connections can go dead without being closed. */
export class TcpProxy implements AsyncDisposable {
  readonly #server = createServer((client) => this.#join(client));
  readonly #sockets = new Set<Socket>();
  readonly #target: number;
  #muted = new Set<Socket>();
  /** Connections that are taken from now on: passed on, or left without an answer. */
  mode: 'pass' | 'hole' = 'pass';
  accepted = 0;

  constructor(endpoint: string) {
    this.#target = Number(endpoint.split(':')[1]);
  }

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** From now on nothing comes back on the connections that are open; what is sent still arrives. */
  mute(): void {
    this.#muted = new Set(this.#sockets);
  }

  /** Ends all connections. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #join(client: Socket): void {
    this.accepted++;
    this.#keep(client);
    if (this.mode === 'hole') return;
    const server = connect(this.#target, '127.0.0.1');
    this.#keep(server);
    client.on('data', (data) => server.write(data));
    server.on('data', (data) => {
      if (!this.#muted.has(client)) client.write(data);
    });
    client.on('close', () => server.destroy());
    server.on('close', () => {
      if (!this.#muted.has(client)) client.destroy();
    });
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
  }
}

/** The count of finished calls of one gRPC method, out of etcd's metrics. */
export function handled(metrics: string, method: string): number {
  let sum = 0;
  for (const line of metrics.split('\n')) {
    if (line.startsWith('grpc_server_handled_total{') && line.includes(`grpc_method="${method}"`)) {
      sum += Number(line.slice(line.lastIndexOf(' ')));
    }
  }
  return sum;
}
