import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
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

/** Eight bytes each. */
export interface RawStat {
  readonly ephemeralOwner: Buffer;
  readonly mzxid: Buffer;
  readonly pzxid: Buffer;
}

interface RawClient {
  once(event: string, listener: () => void): void;
  connect(): void;
  close(): void;
  addAuthInfo(scheme: string, auth: Buffer): void;
  create(path: string, data: Buffer | undefined, acls: readonly object[], callback: (error: unknown) => void): void;
  setData(path: string, data: Buffer, callback: (error: unknown) => void): void;
  remove(path: string, callback: (error: unknown) => void): void;
  getData(path: string, callback: (error: unknown, data: Buffer | undefined, stat: RawStat) => void): void;
  getACL(path: string, callback: (error: unknown, acls: readonly RawAcl[]) => void): void;
}

const require = createRequire(import.meta.url);
const library = require('node-zookeeper-client') as {
  createClient(servers: string): RawClient;
  readonly ACL: new (permission: number, id: object) => object;
  readonly Id: new (scheme: string, id: string) => object;
};

export const READ = 1;
export const ALL = 31;
export const ANYONE: RawAcl = { permission: ALL, id: { scheme: 'world', id: 'anyone' } };

/** Who logs in with this name and password may do everything. */
export function digestOf(credential: string): RawAcl {
  const hash = createHash('sha1').update(credential).digest('base64');
  return { permission: ALL, id: { scheme: 'digest', id: `${credential.split(':')[0]}:${hash}` } };
}

/** Another program on the same ensemble: the client library by itself, as its author meant it to be used. */
export class Raw implements AsyncDisposable {
  readonly #client: RawClient;

  private constructor(client: RawClient) {
    this.#client = client;
  }

  static async open(servers: readonly string[], digest?: string): Promise<Raw> {
    const client = library.createClient(servers.join());
    if (digest !== undefined) client.addAuthInfo('digest', Buffer.from(digest));
    const up = new Promise<void>((resolve) => client.once('connected', resolve));
    client.connect();
    await up;
    return new Raw(client);
  }

  /** Open to anyone, unless `acls` says who may do what. */
  create(path: string, data?: string, acls: readonly RawAcl[] = [ANYONE]): Promise<void> {
    const bytes = data === undefined ? undefined : Buffer.from(data);
    const list = acls.map(({ permission, id }) => new library.ACL(permission, new library.Id(id.scheme, id.id)));
    return this.#call((done) => this.#client.create(path, bytes, list, done));
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

  /** The id of the session that the znode ends with, as the server holds it. */
  async owner(path: string): Promise<bigint> {
    return (await this.#stat(path)).ephemeralOwner.readBigInt64BE();
  }

  /** The transactions that last changed its data and its list of children. */
  async changes(path: string): Promise<readonly bigint[]> {
    const { mzxid, pzxid } = await this.#stat(path);
    return [mzxid.readBigInt64BE(), pzxid.readBigInt64BE()];
  }

  acl(path: string): Promise<readonly RawAcl[]> {
    return this.#call((done) => this.#client.getACL(path, done));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#client.once('disconnected', resolve));
    this.#client.close();
    await closed;
  }

  #stat(path: string): Promise<RawStat> {
    return this.#call((done) => this.#client.getData(path, (error, _, found) => done(error, found)));
  }

  #call<T>(send: (done: (error: unknown, value?: T) => void) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      send((error, value) => (error === null || error === undefined ? resolve(value as T) : reject(error)));
    });
  }
}
