/** How one request is sent. */
export interface RpcCall {
  /** Milliseconds until the request is given up. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

/** One key of Consul's KV store. */
export interface RpcKeyValue {
  /** Without the leading slash of the contract's keys. */
  readonly key: string;
  readonly value: Buffer;
  readonly modifyIndex: number;
  readonly session: string | undefined;
}

export interface ListReply {
  /** `X-Consul-Index`: what a blocking query waits to be passed. 0: the server told none. */
  readonly index: number;
  readonly entries: readonly RpcKeyValue[];
}

/** Holds an answer back until the index is passed, or `wait` milliseconds and up to a sixteenth more are over. */
export interface Blocking {
  readonly index: number;
  readonly wait: number;
}

/** One operation of a transaction, as `PUT /v1/txn` takes it. */
export type KvOp =
  | { readonly Verb: 'check-index'; readonly Key: string; readonly Index: number }
  | { readonly Verb: 'check-not-exists' | 'delete'; readonly Key: string }
  | { readonly Verb: 'set'; readonly Key: string; readonly Value: string }
  | { readonly Verb: 'lock'; readonly Key: string; readonly Value: string; readonly Session: string };

/** The body of `PUT /v1/txn`, as it is counted and as it is sent: as JSON. */
export function toTxnBody(ops: readonly KvOp[]): readonly { readonly KV: KvOp }[] {
  return ops.map((KV) => ({ KV }));
}

export interface OpFailure {
  /** The place of the operation that failed. */
  readonly op: number;
  readonly text: string;
}

export interface TxnReply {
  /** Empty when the transaction took effect. */
  readonly failures: readonly OpFailure[];
  /** The newest index that the transaction saw or gave, by key. */
  readonly indexes: ReadonlyMap<string, number>;
}

export interface NewSession {
  readonly name: string;
  /** Milliseconds. */
  readonly ttl: number;
  readonly checks: readonly string[];
}

/** As `PUT /v1/agent/service/register` takes it. */
export interface ServiceRegistration {
  readonly ID: string;
  readonly Name: string;
  readonly Address: string;
  readonly Port: number;
  readonly Tags: readonly string[];
  readonly EnableTagOverride: true;
  readonly Check: {
    readonly HTTP: string;
    readonly Interval: string;
    readonly DeregisterCriticalServiceAfter: string;
    readonly TLSServerName?: string;
  };
}

/** One agent of Consul, behind whatever library talks to it. Every failure is an `RpcError`. */
export interface ConsulRpc {
  /** Everything under a prefix, confirmed by the leader with a quorum after the request came (`?consistent`). */
  list(prefix: string, blocking: Blocking | undefined, call: RpcCall): Promise<ListReply>;
  /** Rejects when the token may not read this key. */
  access(key: string, call: RpcCall): Promise<void>;
  txn(ops: readonly KvOp[], call: RpcCall): Promise<TxnReply>;
  /** Resolves when a leader had a quorum after the request came. */
  prove(call: RpcCall): Promise<void>;
  createSession(session: NewSession, call: RpcCall): Promise<string>;
  /** `false`: the session is gone. */
  renewSession(id: string, call: RpcCall): Promise<boolean>;
  destroySession(id: string, call: RpcCall): Promise<void>;
  /** Changes nothing; resolves when the agent answers at all. */
  ping(call: RpcCall): Promise<void>;
  /** Of the agent itself, which tells the catalog. Replaces what has the same id. */
  register(service: ServiceRegistration, call: RpcCall): Promise<void>;
  /** An id that is not there is no error to Consul 1.8; a 404 later. */
  deregister(id: string, call: RpcCall): Promise<void>;
  /** Closes the connections that are kept; those in use close with their requests. */
  close(): void;
}

/** How far a request that failed got. */
export type Stage =
  /** No connection was made. */
  | 'unsent'
  /** It may have arrived; no whole answer came. */
  | 'sent'
  /** The agent answered with a status. */
  | 'answered';

/** A request that failed, before it means anything. Carries no header and no token. */
export class RpcError extends Error {
  override readonly name = 'RpcError';
  readonly stage: Stage;
  /** The HTTP status of an answer; else 0. */
  readonly status: number;

  constructor(stage: Stage, status: number, text: string) {
    super(text);
    this.stage = stage;
    this.status = status;
  }
}
