/** What ZooKeeper tells about one znode. Transaction ids are those of the whole ensemble, in its order. */
export interface ZkStat {
  /** The transaction that created it: no two incarnations of a path share one. */
  readonly czxid: bigint;
  /** The one that last changed its data. */
  readonly mzxid: bigint;
  /** The one that last changed its list of children. */
  readonly pzxid: bigint;
  /** Counts changes of the data; starts at 0 with each creation. */
  readonly version: number;
  /** The id of the session that it ends with; `undefined` when it is permanent. */
  readonly owner: string | undefined;
  readonly children: number;
}

export interface ZkNode {
  /** `undefined`: the znode was created without data, which is not the same as empty data. */
  readonly data: Buffer | undefined;
  readonly stat: ZkStat;
}

/** One reply to a read, with the last transaction that the answering server had applied. `undefined`: no such znode. */
export interface ZkReply<T> {
  readonly zxid: bigint;
  readonly value: T | undefined;
}

/** One part of a multi. A `version` of -1 means any. */
export type ZkOp =
  | { readonly type: 'check'; readonly path: string; readonly version: number }
  | { readonly type: 'create'; readonly path: string; readonly data: Buffer | undefined; readonly ephemeral: boolean }
  | { readonly type: 'set'; readonly path: string; readonly data: Buffer | undefined; readonly version: number }
  | { readonly type: 'delete'; readonly path: string; readonly version: number };

export interface MultiReply {
  /** The transaction of this multi. */
  readonly zxid: bigint;
  /** Why nothing was done; 0 when all was. */
  readonly error: number;
  /** For each `set` the znode as it left it, at the index of its op. */
  readonly stats: readonly (ZkStat | undefined)[];
}

/** ZooKeeper's own codes that are named in this package (KeeperException.Code), and two of ours, which are positive. */
export const code = {
  connectionLoss: -4,
  noNode: -101,
  noAuth: -102,
  badVersion: -103,
  noChildrenForEphemerals: -108,
  nodeExists: -110,
  notEmpty: -111,
  sessionExpired: -112,
  authFailed: -115,
  loginWanted: -124,
  /** There was no connection to send it on. */
  notConnected: 1,
  /** What came is not ZooKeeper's protocol; the connection was given up. */
  malformed: 2,
} as const;

/** A request that failed: the raw code, before it means anything. */
export class ZkError extends Error {
  override readonly name = 'ZkError';
  readonly code: number;
  /** False when it surely never left this process. */
  readonly sent: boolean;

  constructor(code: number, sent: boolean, message = `ZooKeeper error ${code}`) {
    super(message);
    this.code = code;
    this.sent = sent;
  }
}
