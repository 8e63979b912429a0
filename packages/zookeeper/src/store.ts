import { setMaxListeners } from 'node:events';
import {
  assertTtl,
  assertTxn,
  type CallOptions,
  type Clock,
  type Commit,
  DcsError,
  type Limits,
  type Session,
  type Snapshot,
  type Store,
  supplied,
  systemClock,
  TlsFiles,
  type Txn,
  type WatchOptions,
} from '@tenure/core';
import { Calls } from './calls.ts';
import { commitOn } from './commit.ts';
import { Hints } from './hints.ts';
import { assertPath } from './keys.ts';
import { MainLink } from './main-link.ts';
import { assertOptions, DEFAULT_TICK, parseHost, toAcls, type ZooKeeperOptions } from './options.ts';
import { Servers } from './servers.ts';
import { guaranteedOf, timeoutOf, ZooKeeperSession } from './session.ts';
import { readTree } from './tree.ts';
import { tryWriteOn } from './try-write.ts';
import { keepWatching } from './watch.ts';
import { type WireOptions, ZkWire } from './wire.ts';

/** Of the connection that belongs to no session of a caller, milliseconds. */
const MAIN_TIMEOUT = 10_000;

/**
 * The ZooKeeper store. Nothing is sent before the first call.
 * @throws TypeError, RangeError for options that cannot be meant, naming the field, its value and what it takes
 */
export function zookeeper(options: ZooKeeperOptions): Store {
  assertOptions(options);
  return new ZooKeeperStore(options);
}

/**
 * Whether a key may be written, found out without writing: the servers look at the permissions of a write that they must
 * refuse for another reason. A key that is not there must be one that may be made, and deleted again.
 * @param store of `zookeeper`
 * @throws TypeError for another store, or for a key that can be none; DcsError, DENIED when the key may not be written
 */
export async function tryWrite(store: Store, key: string, options?: CallOptions): Promise<void> {
  if (!(store instanceof ZooKeeperStore)) throw new TypeError(`store: ${store.name} is not a store of zookeeper`);
  assertPath(key);
  await store.tryWrite(key, options);
}

class ZooKeeperStore implements Store {
  readonly name = 'zookeeper';
  readonly limits: Limits;
  readonly clock: Clock;
  readonly #tickTime: number;
  readonly #wireOptions: Omit<WireOptions, 'timeout' | 'handshake' | 'keepUp'>;
  readonly #calls: Calls;
  readonly #hints = new Hints();
  readonly #main: MainLink;
  readonly #wires = new Map<ZkWire, ZooKeeperSession | undefined>();
  readonly #closing = new AbortController();

  constructor(options: ZooKeeperOptions) {
    const { clock = systemClock, tls, authData = {}, tickTime = DEFAULT_TICK } = options;
    const { minTtl = 5 * tickTime, maxTtl = 30 * tickTime } = options;
    this.clock = clock;
    this.#tickTime = tickTime;
    // jute.maxbuffer is 1 MiB for a whole request; 16 KiB of it are left to keys, guards and framing.
    this.limits = { minTtl, maxTtl, maxValueBytes: 1_048_576 - 16_384, maxCommitOps: 128 };
    setMaxListeners(0, this.#closing.signal);
    const files = tls === undefined ? undefined : new TlsFiles('zookeeper', tls, clock);
    this.#wireOptions = {
      servers: new Servers(options.hosts.map((host, index) => parseHost(host, `hosts[${index}]`))),
      tls: () => files?.current(),
      auth: Object.entries(authData).map(([scheme, credential]) => ({ scheme, credential })),
      acls: toAcls(options.setAcls),
      clock,
    };
    this.#calls = new Calls(clock, this.#closing.signal);
    this.#main = new MainLink(() => this.#wire(MAIN_TIMEOUT, () => true), clock, MAIN_TIMEOUT);
  }

  async read(prefix: string, options?: CallOptions): Promise<Snapshot> {
    assertPrefix(prefix);
    const asOf = this.clock.now();
    const entries = await this.#calls.run('read', options, (call) =>
      this.#main.use(call, (wire) => readTree(wire, prefix, call.signal)),
    );
    return { entries, asOf, stale: false };
  }

  async commit(txn: Txn, options?: CallOptions): Promise<Commit | undefined> {
    assertTxn(txn, this.limits);
    for (const { key } of [...txn.guards, ...txn.writes]) assertPath(key);
    const session = this.#sessionOf(txn);
    if (session !== undefined) return await session.commit(txn, options);
    return await this.#calls.run('commit', options, (call) =>
      this.#main.use(call, (wire) => commitOn(wire, call, txn, this.#hints)),
    );
  }

  async tryWrite(key: string, options?: CallOptions): Promise<void> {
    await this.#calls.run('try write', options, (call) => this.#main.use(call, (wire) => tryWriteOn(wire, call, key)));
  }

  /** Of what the server grants when `maxTtl` is right; one that grants more guarantees more. */
  guaranteed(ttl: number): number {
    return guaranteedOf(timeoutOf(ttl), this.#tickTime);
  }

  watch(prefix: string, options: WatchOptions = {}): AsyncIterable<Snapshot> {
    assertPrefix(prefix);
    return supplied(this.clock, options, this.#closing.signal, (feed, staleAfter, stop) =>
      keepWatching(this.#main, this.clock, prefix, feed, staleAfter, stop),
    );
  }

  async openSession(ttl: number, options?: CallOptions): Promise<Session> {
    assertTtl(ttl, this.limits, this.name);
    let session: ZooKeeperSession | undefined;
    const wire = this.#wire(timeoutOf(ttl), () => session?.wantsConnection ?? false);
    this.#wires.set(wire, undefined);
    try {
      await this.#calls.run('open session', options, async (call) => {
        // Who opens a session is about to read and to commit: the other connection is made at the same time.
        await Promise.all([wire.ready(call), this.#main.ready(call)]);
        // A server that wants a login says so at the first request.
        await wire.ping(call.signal);
      });
      session = new ZooKeeperSession({
        wire,
        calls: this.#calls,
        limits: this.limits,
        hints: this.#hints,
        asked: ttl,
        tickTime: this.#tickTime,
        onOver: () => this.#wires.delete(wire),
      });
      if (session.guaranteed <= 0) {
        throw new RangeError(
          `ttl: ${ttl} ms makes the server grant a timeout of ${wire.timeout} ms, which leaves nothing to guarantee with a ` +
            `tickTime of ${this.#tickTime} ms`,
        );
      }
      this.#wires.set(wire, session);
      return session;
    } catch (error) {
      this.#wires.delete(wire);
      wire.stop();
      throw error;
    }
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort(new DcsError('CLOSED', 'zookeeper: the store is closed', { store: 'zookeeper' }));
    this.#main.close();
    for (const [wire, session] of this.#wires) {
      session?.detach();
      wire.stop();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #wire(timeout: number, keepUp: () => boolean): ZkWire {
    // One server of several may be dead: the others want their turn before the session is over.
    const handshake = Math.min(Math.max(timeout / 4, 500), 3000);
    return new ZkWire({ ...this.#wireOptions, timeout, handshake, keepUp });
  }

  /** @throws TypeError for a session that is not of this store */
  #sessionOf(txn: Txn): ZooKeeperSession | undefined {
    for (const write of txn.writes) {
      if (write.type !== 'put' || write.session === undefined) continue;
      if (!(write.session instanceof ZooKeeperSession) || !write.session.isOf(this.#calls)) {
        throw new TypeError(`txn: the session of the put on ${write.key} is not one of this store`);
      }
      return write.session;
    }
    return undefined;
  }
}

/** @throws TypeError */
function assertPrefix(prefix: string): void {
  if (!prefix.startsWith('/')) {
    throw new TypeError(`zookeeper: the prefix ${JSON.stringify(prefix)} must begin with a slash, as all keys do`);
  }
  const directory = prefix.slice(0, prefix.lastIndexOf('/'));
  if (directory !== '') assertPath(directory);
}
