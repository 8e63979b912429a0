import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Entry, Session, Store, Version } from '@tenure/core';

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

export async function put(store: Store, key: string, value: string, session?: Session): Promise<Version> {
  const write = { type: 'put' as const, key, value, ...(session && { session }) };
  const commit = await store.commit({ guards: [], writes: [write] });
  return commit?.versions.get(key) as Version;
}

export async function look(store: Store, key: string): Promise<Entry | undefined> {
  return (await store.read(key)).entries.get(key);
}

export interface RawAcl {
  readonly permission: number;
  readonly id: { readonly scheme: string; readonly id: string };
}

interface RawClient {
  once(event: string, listener: () => void): void;
  connect(): void;
  close(): void;
  addAuthInfo(scheme: string, auth: Buffer): void;
  create(path: string, data: Buffer | undefined, callback: (error: unknown) => void): void;
  setData(path: string, data: Buffer, callback: (error: unknown) => void): void;
  remove(path: string, callback: (error: unknown) => void): void;
  getData(path: string, callback: (error: unknown, data: Buffer | undefined, stat: unknown) => void): void;
  getACL(path: string, callback: (error: unknown, acls: readonly RawAcl[]) => void): void;
}

const require = createRequire(import.meta.url);
const { createClient } = require('node-zookeeper-client') as { createClient(servers: string): RawClient };

/** Another program on the same ensemble: the client library by itself, as its author meant it to be used. */
export class Raw implements AsyncDisposable {
  readonly #client: RawClient;

  private constructor(client: RawClient) {
    this.#client = client;
  }

  static async open(servers: readonly string[], digest?: string): Promise<Raw> {
    const client = createClient(servers.join());
    if (digest !== undefined) client.addAuthInfo('digest', Buffer.from(digest));
    const up = new Promise<void>((resolve) => client.once('connected', resolve));
    client.connect();
    await up;
    return new Raw(client);
  }

  create(path: string, data?: string): Promise<void> {
    const bytes = data === undefined ? undefined : Buffer.from(data);
    return this.#call((done) => this.#client.create(path, bytes, done));
  }

  set(path: string, data: string): Promise<void> {
    return this.#call((done) => this.#client.setData(path, Buffer.from(data), done));
  }

  remove(path: string): Promise<void> {
    return this.#call((done) => this.#client.remove(path, done));
  }

  /** `undefined` when the znode has no data at all. */
  get(path: string): Promise<Buffer | undefined> {
    return this.#call((done) => this.#client.getData(path, done));
  }

  acl(path: string): Promise<readonly RawAcl[]> {
    return this.#call((done) => this.#client.getACL(path, done));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#client.once('disconnected', resolve));
    this.#client.close();
    await closed;
  }

  #call<T>(send: (done: (error: unknown, value?: T) => void) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      send((error, value) => (error === null || error === undefined ? resolve(value as T) : reject(error)));
    });
  }
}
