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
  type Txn,
  type WatchOptions,
} from '@tenure/core';
import { Agents } from './agents.ts';
import { ConsulClient } from './client.ts';
import { toEntries } from './entry.ts';
import { toWirePrefix } from './keys.ts';
import { assertOptions, type ConsulOptions } from './options.ts';
import { guaranteedOf, openSession } from './session.ts';
import { MOST_COMMIT_OPS, MOST_REQUEST_BYTES, runTxn, toWireTxn } from './txn.ts';
import { keepWatching } from './watch.ts';
import { wiresOf } from './wires.ts';

const DEFAULT_SESSION_TTL_MIN = 10_000;
/** structs.SessionTTLMax. */
const SESSION_TTL_MAX = 86_400_000;
/** Values travel in base64; 32 KiB are left to keys and guards. */
const MOST_VALUE_BYTES = ((MOST_REQUEST_BYTES - 32_768) / 4) * 3;

/**
 * The Consul store. Nothing is sent before the first call.
 * @throws TypeError, RangeError for options that cannot be meant, naming the field, its value and what it takes
 */
export function consul(options: ConsulOptions): Store {
  assertOptions(options);
  return new ConsulStore(options);
}

class ConsulStore implements Store {
  readonly name = 'consul';
  readonly limits: Limits;
  readonly guaranteed = guaranteedOf;
  readonly clock: Clock;
  readonly #client: ConsulClient;
  readonly #checks: readonly string[];
  readonly #closing = new AbortController();

  constructor(options: ConsulOptions) {
    const { clock = systemClock, checks = [], sessionTtlMin = DEFAULT_SESSION_TTL_MIN } = options;
    this.clock = clock;
    this.limits = {
      minTtl: 2 * sessionTtlMin,
      maxTtl: 2 * SESSION_TTL_MAX,
      maxValueBytes: MOST_VALUE_BYTES,
      maxCommitOps: MOST_COMMIT_OPS,
    };
    this.#checks = [...checks];
    setMaxListeners(0, this.#closing.signal);
    this.#client = new ConsulClient(clock, new Agents(wiresOf(options, clock)), this.#closing);
  }

  async read(prefix: string, options?: CallOptions): Promise<Snapshot> {
    const wirePrefix = toWirePrefix(prefix);
    const asOf = this.clock.now();
    const { entries } = await this.#client.read(wirePrefix, options);
    return { entries: toEntries(entries), asOf, stale: false };
  }

  async commit(txn: Txn, options?: CallOptions): Promise<Commit | undefined> {
    assertTxn(txn, this.limits);
    const request = toWireTxn(txn);
    const operation = { name: 'commit', writes: request.writes };
    return await this.#client.run(operation, (rpc, call) => runTxn(rpc, request, call), options);
  }

  watch(prefix: string, options: WatchOptions = {}): AsyncIterable<Snapshot> {
    const wirePrefix = toWirePrefix(prefix);
    return supplied(this.clock, options, this.#closing.signal, (feed, staleAfter, stop) =>
      keepWatching(this.#client, wirePrefix, feed, staleAfter, stop),
    );
  }

  async openSession(ttl: number, options?: CallOptions): Promise<Session> {
    assertTtl(ttl, this.limits, this.name);
    return await openSession(this.#client, this.limits, this.#checks, ttl, options);
  }

  async close(): Promise<void> {
    if (this.#client.closed) return;
    this.#closing.abort(new DcsError('CLOSED', 'consul: the store is closed', { store: 'consul' }));
    this.#client.agents.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
