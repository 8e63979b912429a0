import { GuardedClient, type GuardedOptions, NoNode } from './guard.ts';
import { jute, type LibraryOp, type LibraryStat } from './library.ts';
import { code, type MultiReply, ZkError, type ZkNode, type ZkOp, type ZkReply, type ZkStat } from './rpc.ts';

export interface Acl {
  readonly permissions: number;
  readonly scheme: string;
  readonly id: string;
}

export interface WireOptions extends GuardedOptions {
  /** Of every znode that is created. */
  readonly acls: readonly Acl[];
}

/** The requests of one session, typed. */
export class ZkWire extends GuardedClient {
  readonly #acls: readonly { toRecord(): unknown }[];

  constructor(options: WireOptions) {
    super(options);
    this.#acls = options.acls.map(({ permissions, scheme, id }) => ({
      toRecord: () => new jute.data.ACL(permissions, new jute.data.Id(scheme, id)),
    }));
  }

  /** Asks something that every server can answer. A refusal is an answer too: ZooKeeper 3.9 wants READ on the root for it. */
  async ping(signal?: AbortSignal): Promise<void> {
    try {
      await this.exists('/', false, signal);
    } catch (error) {
      if (!(error instanceof ZkError) || error.code !== code.noAuth) throw error;
    }
  }

  async data(path: string, watch: boolean, signal?: AbortSignal): Promise<ZkReply<ZkNode>> {
    const request = Object.assign(new jute.protocol.GetDataRequest(), { path, watch });
    return await this.#read(jute.OP_CODES.GET_DATA, request, signal, (payload) => {
      const { data, stat } = payload as { data: Buffer | undefined; stat: LibraryStat };
      return { data, stat: toStat(stat) };
    });
  }

  async exists(path: string, watch: boolean, signal?: AbortSignal): Promise<ZkReply<ZkStat>> {
    const request = Object.assign(new jute.protocol.ExistsRequest(), { path, watch });
    return await this.#read(jute.OP_CODES.EXISTS, request, signal, (payload) =>
      toStat((payload as { stat: LibraryStat }).stat),
    );
  }

  async children(path: string, watch: boolean, signal?: AbortSignal): Promise<ZkReply<readonly string[]>> {
    const request = Object.assign(new jute.protocol.GetChildren2Request(), { path, watch });
    return await this.#read(
      jute.OP_CODES.GET_CHILDREN2,
      request,
      signal,
      (payload) => (payload as { children?: readonly string[] }).children ?? [],
    );
  }

  /**
   * Done by the leader with the agreement of a quorum, also when it only checks or fails: its answer proves both. It is
   * sent in the order of calls, and reads that are sent after it see no older state. When `writes` and given up, the
   * connection is broken, so that no buffer delivers it later.
   */
  async multi(ops: readonly ZkOp[], writes: boolean, signal?: AbortSignal): Promise<MultiReply> {
    const request = new jute.TransactionRequest(ops.map((op) => this.#toLibrary(op)));
    return await this.request(jute.OP_CODES.MULTI, request, writes, signal, ({ header, payload }) => {
      const { results } = payload as { results: readonly { type: number; err?: number; stat?: LibraryStat }[] };
      // After the op that failed come others with an error that says so (-2), before it ones with 0.
      const failed = results.filter(({ type }) => type === jute.OP_CODES.ERROR).map(({ err }) => err ?? 0);
      return {
        zxid: header.zxid.readBigInt64BE(),
        error: failed.find((err) => err !== 0 && err !== -2) ?? failed.find((err) => err !== 0) ?? 0,
        stats: results.map(({ stat }) => (stat === undefined ? undefined : toStat(stat))),
      };
    });
  }

  /** Ends the session on the server. The wire is of no use afterwards. */
  async closeSession(signal?: AbortSignal): Promise<void> {
    await this.request(jute.OP_CODES.CLOSE_SESSION, null, false, signal, () => undefined);
    this.stop();
  }

  #toLibrary(op: ZkOp): LibraryOp {
    const { CREATE, CHECK, SET_DATA, DELETE } = jute.OP_CODES;
    // The library's Transaction turns version 0 into "any"; the codec below it does not.
    if (op.type === 'check') return { type: CHECK, path: op.path, version: op.version };
    if (op.type === 'set') return { type: SET_DATA, path: op.path, data: op.data, version: op.version };
    if (op.type === 'delete') return { type: DELETE, path: op.path, version: op.version };
    return { type: CREATE, path: op.path, data: op.data, acls: this.#acls, mode: op.ephemeral ? 1 : 0 };
  }

  async #read<T>(
    type: number,
    payload: unknown,
    signal: AbortSignal | undefined,
    decode: (payload: unknown) => T,
  ): Promise<ZkReply<T>> {
    try {
      return await this.request(type, payload, false, signal, (response) => ({
        zxid: response.header.zxid.readBigInt64BE(),
        value: decode(response.payload),
      }));
    } catch (error) {
      if (!(error instanceof NoNode)) throw error;
      return { zxid: error.zxid, value: undefined };
    }
  }
}

function toStat(stat: LibraryStat): ZkStat {
  const owner = stat.ephemeralOwner.readBigInt64BE();
  return {
    czxid: stat.czxid.readBigInt64BE(),
    mzxid: stat.mzxid.readBigInt64BE(),
    pzxid: stat.pzxid.readBigInt64BE(),
    version: stat.version,
    owner: owner === 0n ? undefined : owner.toString(),
    children: stat.numChildren,
  };
}
