import { Etcd3, type ICompare, type IRequestOp } from 'etcd3';
import type { Raw } from './target.ts';

/** etcd3's service clients, with nothing around them. */
export class RawEtcd implements Raw {
  readonly #client: Etcd3;
  readonly #leader: Buffer;
  readonly #epoch: Buffer;
  readonly #document: Buffer;
  readonly #lease: string;
  #leaderVersion = '0';
  #epochVersion = '0';

  private constructor(client: Etcd3, prefix: string, lease: string) {
    this.#client = client;
    this.#leader = Buffer.from(`${prefix}leader`);
    this.#epoch = Buffer.from(`${prefix}epoch`);
    this.#document = Buffer.from(`${prefix}config`);
    this.#lease = lease;
  }

  static async open(endpoint: string, prefix: string, ttl: number): Promise<RawEtcd> {
    const client = new Etcd3({ hosts: endpoint });
    const { ID } = await client.leaseClient.leaseGrant({ TTL: ttl / 1000 });
    return new RawEtcd(client, prefix, ID);
  }

  async acquire(): Promise<void> {
    const reply = await this.#client.kv.txn({
      compare: [guard(this.#leader, '0'), guard(this.#epoch, this.#epochVersion)],
      success: [
        { request_put: { key: this.#leader, value: Buffer.from('node1'), lease: this.#lease } },
        { request_put: { key: this.#epoch, value: Buffer.from('1') } },
      ],
    });
    assertDone(reply.succeeded);
    this.#leaderVersion = reply.header.revision;
    this.#epochVersion = reply.header.revision;
  }

  async release(): Promise<void> {
    await this.#client.kv.deleteRange({ key: this.#leader });
  }

  async renew(): Promise<void> {
    const proof: IRequestOp[] = [{ request_range: { key: this.#leader, count_only: true } }];
    const [, reply] = await Promise.all([
      this.#keepAlive(),
      this.#client.kv.txn({ compare: this.#fence(), success: proof, failure: proof }),
    ]);
    assertDone(reply.succeeded);
  }

  async write(value: string): Promise<void> {
    const reply = await this.#client.kv.txn({
      compare: this.#fence(),
      success: [{ request_put: { key: this.#document, value: Buffer.from(value) } }],
    });
    assertDone(reply.succeeded);
  }

  async read(prefix: string): Promise<number> {
    const { kvs } = await this.#client.kv.range(range(prefix));
    return kvs.length;
  }

  readonly watch = async (prefix: string, changed: () => void): Promise<AsyncDisposable> => {
    const stream = await this.#client.watchClient.watch();
    const created = Promise.withResolvers<void>();
    stream.on('error', created.reject);
    stream.on('data', (reply) => {
      if (reply.created) created.resolve();
      if (reply.events.length > 0) changed();
    });
    stream.write({ create_request: range(prefix) });
    await created.promise;
    return { [Symbol.asyncDispose]: async () => stream.cancel() };
  };

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.leaseClient.leaseRevoke({ ID: this.#lease });
    this.#client.close();
  }

  /** As the library's `keepaliveOnce`: it has no other single keepalive than a stream for one. */
  async #keepAlive(): Promise<void> {
    const stream = await this.#client.leaseClient.leaseKeepAlive();
    const answer = Promise.withResolvers<unknown>();
    stream.on('data', answer.resolve);
    stream.on('error', answer.reject);
    stream.write({ ID: this.#lease });
    await answer.promise;
    stream.end();
  }

  #fence(): ICompare[] {
    return [guard(this.#leader, this.#leaderVersion), guard(this.#epoch, this.#epochVersion)];
  }
}

function guard(key: Buffer, version: string): ICompare {
  if (version === '0') return { key, result: 'Equal', target: 'Create', create_revision: '0' };
  return { key, result: 'Equal', target: 'Mod', mod_revision: version };
}

/** From the prefix up to the prefix with its last byte, a slash, counted up. */
function range(prefix: string) {
  return { key: Buffer.from(prefix), range_end: Buffer.from(prefix.replace(/\/$/, '0')) };
}

function assertDone(succeeded: boolean): void {
  if (!succeeded) throw new Error('a guard of the raw client did not hold');
}
