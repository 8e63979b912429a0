import { Consul, type ConsulLibrary } from '../clients/libraries.ts';
import type { Raw } from './target.ts';

interface KvOp {
  readonly Verb: string;
  readonly Key: string;
  readonly Index?: number;
  readonly Value?: string;
  readonly Session?: string;
}

/** A raft index that no key has: the epoch is not there yet. */
const NONE = 0;

/** The npm library `consul` as its documentation uses it, one transaction for what belongs together, on its own pool of kept connections. */
export class RawConsul implements Raw {
  readonly #consul: ConsulLibrary;
  readonly #leader: string;
  readonly #epoch: string;
  readonly #document: string;
  readonly #session: string;
  #leaderIndex = NONE;
  #epochIndex = NONE;

  private constructor(consul: ConsulLibrary, prefix: string, session: string) {
    this.#consul = consul;
    this.#leader = `${prefix}leader`.slice(1);
    this.#epoch = `${prefix}epoch`.slice(1);
    this.#document = `${prefix}config`.slice(1);
    this.#session = session;
  }

  /** Consul ends a session at twice its TTL. */
  static async open(endpoint: string, prefix: string, ttl: number): Promise<RawConsul> {
    const [host = '', port] = endpoint.split(':');
    const consul = new Consul({ host, port: Number(port) });
    const { ID } = await consul.session.create({ ttl: `${ttl / 2}ms`, behavior: 'delete', lockdelay: '1ms' });
    return new RawConsul(consul, prefix, ID);
  }

  async acquire(): Promise<void> {
    const indexes = await this.#txn([
      guard(this.#leader, NONE),
      guard(this.#epoch, this.#epochIndex),
      { Verb: 'lock', Key: this.#leader, Value: encode('node1'), Session: this.#session },
      { Verb: 'set', Key: this.#epoch, Value: encode('1') },
    ]);
    this.#leaderIndex = indexes.get(this.#leader) ?? NONE;
    this.#epochIndex = indexes.get(this.#epoch) ?? NONE;
  }

  async release(): Promise<void> {
    await this.#consul.kv.del({ key: this.#leader });
  }

  /**
   * Two round trips: a renewal resets a timer on whoever takes itself for the leader, so it is worth something only after a
   * quorum has confirmed the guards.
   */
  async renew(): Promise<void> {
    await this.#txn(this.#fence());
    await this.#consul.session.renew(this.#session);
  }

  async write(value: string): Promise<void> {
    await this.#txn([...this.#fence(), { Verb: 'set', Key: this.#document, Value: encode(value) }]);
  }

  async read(prefix: string): Promise<number> {
    const found = await this.#consul.kv.get({ key: prefix.slice(1), recurse: true, consistent: true });
    return found?.length ?? 0;
  }

  /** The library's own watch, of blocking queries that a quorum has confirmed. It tells of a change with the new state. */
  readonly watch = async (prefix: string, changed: () => void): Promise<AsyncDisposable> => {
    const { kv } = this.#consul;
    const watch = this.#consul.watch({
      method: kv.get.bind(kv),
      options: { key: prefix.slice(1), recurse: true, consistent: true },
    });
    const begun = Promise.withResolvers<void>();
    watch.on('error', begun.reject);
    watch.once('change', begun.resolve);
    await begun.promise;
    watch.on('change', changed);
    return { [Symbol.asyncDispose]: async () => watch.end() };
  };

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#consul.session.destroy(this.#session);
    this.#consul.destroy();
  }

  /** Rejects when a guard does not hold. */
  async #txn(ops: readonly KvOp[]): Promise<ReadonlyMap<string, number>> {
    const request = ops.map((op) => ({ KV: op }));
    const { Results } = await this.#consul.transaction.create(request, { consistent: true });
    return new Map((Results ?? []).map(({ KV }) => [KV.Key, KV.ModifyIndex]));
  }

  #fence(): KvOp[] {
    return [guard(this.#leader, this.#leaderIndex), guard(this.#epoch, this.#epochIndex)];
  }
}

function guard(Key: string, Index: number): KvOp {
  return Index === NONE ? { Verb: 'check-not-exists', Key } : { Verb: 'check-index', Key, Index };
}

function encode(value: string): string {
  return Buffer.from(value).toString('base64');
}
