import { createRequire } from 'node:module';

/** The client libraries as their own documentation uses them: what they lack in types, or have wrong, is said here. */

const ofConsul = createRequire(new URL('../../packages/consul/package.json', import.meta.url));
const ofZooKeeper = createRequire(new URL('../../packages/zookeeper/package.json', import.meta.url));

interface ConsulKv {
  readonly Key: string;
  readonly ModifyIndex: number;
}

/** What `kv.get` gives of one key. */
export interface ConsulPair {
  readonly Value: string | null;
  /** That holds the key's lock. */
  readonly Session?: string;
  readonly ModifyIndex: number;
}

/** Of the npm library `consul`. A call has no timeout unless it is given one. */
export interface ConsulLibrary {
  readonly kv: {
    /** True, or `undefined` when the lock or the guard was refused. */
    set(options: object): Promise<true | undefined>;
    /** `undefined` when there is nothing. */
    get(options: {
      readonly recurse: true;
      readonly [option: string]: unknown;
    }): Promise<readonly unknown[] | undefined>;
    get(options: object): Promise<ConsulPair | undefined>;
    del(options: object): Promise<unknown>;
  };
  readonly session: {
    create(options: object): Promise<{ readonly ID: string }>;
    renew(id: string): Promise<unknown>;
    destroy(id: string): Promise<unknown>;
  };
  readonly transaction: {
    create(
      operations: readonly object[],
      options?: object,
    ): Promise<{ readonly Results: readonly { readonly KV: ConsulKv }[] | null }>;
  };
  watch(options: object): ConsulWatch;
  destroy(): void;
}

export interface ConsulWatch {
  on(event: 'change', listener: (data: ConsulPair | undefined) => void): void;
  on(event: 'error', listener: () => void): void;
  once(event: 'change', listener: () => void): void;
  end(): void;
}

export const Consul = ofConsul('consul') as new (options: {
  readonly host: string;
  readonly port: number;
}) => ConsulLibrary;

export interface ZooKeeperStat {
  readonly version: number;
}

export interface ZooKeeperTransaction {
  readonly ops: { version?: number }[];
  check(path: string, version?: number): this;
  create(path: string, data: Buffer, mode?: number): this;
  setData(path: string, data: Buffer, version?: number): this;
  commit(callback: (error: unknown, results: readonly { readonly stat?: ZooKeeperStat }[]) => void): void;
}

type Failure = { readonly code: number } | null | undefined;
type Done = (error: Failure) => void;

interface ZooKeeperOptions {
  /** Milliseconds. */
  readonly sessionTimeout: number;
  /** Of a session that is to be taken up, with its password. */
  readonly sessionId?: Buffer;
  readonly sessionPassword?: Buffer;
}

/** Of the npm library `node-zookeeper-client`. */
export interface ZooKeeperClient {
  on(event: 'connected' | 'disconnected' | 'expired', listener: () => void): void;
  once(event: 'connected' | 'disconnected' | 'expired', listener: () => void): void;
  connect(): void;
  close(): void;
  addAuthInfo(scheme: string, auth: Buffer): void;
  mkdirp(path: string, callback: Done): void;
  create(path: string, data: Buffer, mode: number, callback: Done): void;
  exists(path: string, watcher: () => void, callback: (error: unknown, stat: ZooKeeperStat | undefined) => void): void;
  getData(path: string, callback: (error: Failure, data: Buffer | undefined, stat: ZooKeeperStat) => void): void;
  getData(
    path: string,
    watcher: () => void,
    callback: (error: Failure, data: Buffer | undefined, stat: ZooKeeperStat) => void,
  ): void;
  getChildren(path: string, callback: (error: unknown, children: readonly string[]) => void): void;
  getChildren(
    path: string,
    watcher: () => void,
    callback: (error: unknown, children: readonly string[] | undefined) => void,
  ): void;
  setData(path: string, data: Buffer, callback: Done): void;
  setACL(path: string, acls: readonly object[], callback: Done): void;
  remove(path: string, callback: Done): void;
  transaction(): ZooKeeperTransaction;
}

export const { createClient, CreateMode, Exception, ACL, Id } = ofZooKeeper('node-zookeeper-client') as {
  createClient(servers: string, options: ZooKeeperOptions): ZooKeeperClient;
  readonly CreateMode: { readonly PERSISTENT: number; readonly EPHEMERAL: number };
  readonly Exception: { readonly NODE_EXISTS: number; readonly NO_NODE: number };
  readonly ACL: new (permissions: number, id: object) => object;
  readonly Id: new (scheme: string, id: string) => object;
};

/** Resolves when a client of `node-zookeeper-client` has a session, new or taken up. */
export function connected(client: ZooKeeperClient): Promise<void> {
  const up = new Promise<void>((resolve) => client.once('connected', resolve));
  client.connect();
  return up;
}

/** A call of that library as a promise of nothing. */
export function settled(call: (done: Done) => void): Promise<void> {
  return new Promise((resolve, reject) => call((error) => (error ? reject(error) : resolve())));
}
