/** What every answer of etcd begins with. */
export interface RpcHeader {
  readonly cluster: string;
  readonly member: string;
  /** The store's revision when the answer was made. */
  readonly revision: bigint;
  /** The term of the last raft entry that the answering member had applied (etcd, server/etcdserver/server.go `setTerm`). */
  readonly term: bigint;
}

export interface RpcKeyValue {
  readonly key: string;
  readonly value: Buffer;
  readonly modRevision: bigint;
  /** The lease id in decimal; `undefined` when the key is permanent. */
  readonly lease: string | undefined;
}

/** How one request is sent. */
export interface RpcCall {
  /** Milliseconds until the request is given up, here and on the server. */
  readonly timeout: number;
  readonly signal: AbortSignal;
  readonly token: string | undefined;
}

export interface RpcTxn {
  readonly guards: readonly { readonly key: string; readonly version: string | null }[];
  readonly puts: readonly { readonly key: string; readonly value: string; readonly lease: string | undefined }[];
  readonly deletes: readonly string[];
  /** A key to range over in both branches, so that a txn without writes is linearizable. */
  readonly proof: string | undefined;
}

export interface RangeReply {
  readonly header: RpcHeader;
  readonly entries: readonly RpcKeyValue[];
}

export interface TxnReply {
  readonly header: RpcHeader;
  readonly succeeded: boolean;
}

export interface LeaseReply {
  readonly header: RpcHeader;
  /** Milliseconds as granted by the server; 0 when the lease is gone. */
  readonly ttl: number;
}

export interface WatchEvent {
  readonly deleted: boolean;
  readonly entry: RpcKeyValue;
}

export interface WatchReply {
  readonly header: RpcHeader;
  readonly created: boolean;
  readonly canceled: string | undefined;
  /** The answer to `progress()`, and nothing else. */
  readonly progress: boolean;
  /** More of the same revision follows. */
  readonly fragment: boolean;
  readonly events: readonly WatchEvent[];
}

/** One watch on one member. `cancel` is final and may be called at any time. */
export interface RpcWatch {
  progress(): void;
  cancel(): void;
}

export interface RpcWatchHandlers {
  readonly onReply: (reply: WatchReply) => void;
  /** Called at most once; also for an orderly end, which a watch never has of its own. */
  readonly onEnd: (error: RpcError) => void;
}

/** One member of an etcd cluster, behind whatever library talks to it. Every failure is an `RpcError`. */
export interface EtcdRpc {
  range(prefix: string, call: RpcCall): Promise<RangeReply>;
  txn(txn: RpcTxn, call: RpcCall): Promise<TxnReply>;
  /** `ttl` in milliseconds; sent in whole seconds, rounded up. */
  grant(id: string, ttl: number, call: RpcCall): Promise<LeaseReply>;
  keepAlive(id: string, call: RpcCall): Promise<LeaseReply>;
  revoke(id: string, call: RpcCall): Promise<{ readonly header: RpcHeader }>;
  login(username: string, password: string, call: RpcCall): Promise<string>;
  /** The client URLs of all members. */
  members(call: RpcCall): Promise<readonly string[]>;
  watch(prefix: string, from: bigint, token: string | undefined, handlers: RpcWatchHandlers): RpcWatch;
  close(): void;
}

/** The gRPC status codes that are named in this package (grpc.io, "Status codes and their use in gRPC"). */
export const status = {
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  outOfRange: 11,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  dataLoss: 15,
  unauthenticated: 16,
} as const;

/** A request that failed: the raw status, before it means anything. */
export class RpcError extends Error {
  override readonly name = 'RpcError';
  readonly code: number;

  constructor(code: number, details: string) {
    super(details);
    this.code = code;
  }
}
