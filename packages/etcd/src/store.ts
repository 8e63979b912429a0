import {
  assertTtl,
  assertTxn,
  type CallOptions,
  type Clock,
  type Commit,
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
import { TokenSource } from './auth.ts';
import { EtcdClient } from './client.ts';
import { closed } from './errors.ts';
import { Members } from './members.ts';
import { assertOptions, type EtcdOptions, parseEndpoint } from './options.ts';
import { guaranteedOf, openSession } from './session.ts';
import { SrvLookup } from './srv.ts';
import { State } from './state.ts';
import { toCommit, toRpcTxn } from './txn.ts';
import { keepWatching } from './watch.ts';

const limits: Limits = {
  /** A server whose least TTL is longer grants that: half as long again as its election timeout. */
  minTtl: 1000,
  maxTtl: 86_400_000,
  /** etcd takes requests of 1.5 MiB (`--max-request-bytes`); 16 KiB of it are left to keys, guards and framing. */
  maxValueBytes: 1_572_864 - 16_384,
  /** `--max-txn-ops`. */
  maxCommitOps: 128,
};

/**
 * The etcd v3 store. Nothing is sent before the first call.
 * @throws TypeError, RangeError for options that cannot be meant, naming the field, its value and what it takes
 */
export function etcd(options: EtcdOptions): Store {
  assertOptions(options);
  return new EtcdStore(options);
}

class EtcdStore implements Store {
  readonly name = 'etcd';
  readonly limits = limits;
  readonly guaranteed = guaranteedOf;
  readonly clock: Clock;
  readonly #client: EtcdClient;
  readonly #members: Members;
  readonly #srv: SrvLookup | undefined;
  readonly #closing = new AbortController();

  constructor(options: EtcdOptions) {
    const { clock = systemClock, tls, endpoints = [], srv, srvSuffix, discover = false } = options;
    this.clock = clock;
    const files = tls === undefined ? undefined : new TlsFiles('etcd', tls, clock);
    const lookup = srv === undefined ? undefined : new SrvLookup(srv, srvSuffix, () => files?.current());
    this.#srv = lookup;
    const urls = endpoints.map((endpoint, index) => parseEndpoint(endpoint, tls !== undefined, `endpoints[${index}]`));
    const find = lookup && (() => lookup.find());
    this.#members = new Members({ endpoints: [...new Set(urls)], lookup: find, discover, tls: files }, clock);
    const tokens = new TokenSource(options.username, options.password, this.#closing.signal);
    this.#client = new EtcdClient(clock, this.#members, tokens, this.#closing);
  }

  async read(prefix: string, options?: CallOptions): Promise<Snapshot> {
    const asOf = this.clock.now();
    const { entries } = State.of(await this.#client.read(prefix, options));
    return { entries, asOf, stale: false };
  }

  async commit(txn: Txn, options?: CallOptions): Promise<Commit | undefined> {
    assertTxn(txn, limits);
    const request = toRpcTxn(txn, this.#client.readableKey);
    const operation = { name: 'commit', writes: txn.writes.length > 0 };
    const reply = await this.#client.run(operation, (rpc, call) => rpc.txn(request, call), options);
    const touched = txn.guards[0]?.key ?? txn.writes[0]?.key;
    if (touched !== undefined) this.#client.readableKey = touched;
    return toCommit(request, reply);
  }

  watch(prefix: string, options: WatchOptions = {}): AsyncIterable<Snapshot> {
    return supplied(this.clock, options, this.#closing.signal, (feed, staleAfter, stop) =>
      keepWatching(this.#client, prefix, feed, staleAfter, stop),
    );
  }

  async openSession(ttl: number, options?: CallOptions): Promise<Session> {
    assertTtl(ttl, limits, this.name);
    return await openSession(this.#client, limits, ttl, options);
  }

  async close(): Promise<void> {
    if (this.#client.closed) return;
    this.#closing.abort(closed());
    this.#srv?.cancel();
    this.#members.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
