import { DcsError, type DcsErrorCode } from '@tenure/core';
import { type RpcError, status } from './rpc.ts';

/** What became of the request. */
export type Outcome =
  /** It never left this process: it may be sent again, also when it writes. */
  | 'not-sent'
  /** The server refused it and did nothing. */
  | 'refused'
  /** It may have taken effect, or may yet. */
  | 'unknown';

/** What helps: another member, a fresh token, or nothing. */
export type Remedy = 'endpoint' | 'token' | 'none';

export interface Fault {
  readonly code: DcsErrorCode;
  readonly outcome: Outcome;
  readonly remedy: Remedy;
}

export interface FaultRow extends Fault {
  /** The gRPC status; absent: any. */
  readonly status?: number;
  /** Part of the message; absent: any. */
  readonly text?: string;
}

/**
 * Every answer of etcd 3.4 to 3.6 that means something here, the first row that fits counts. The texts are those of etcd's
 * api/v3rpc/rpctypes/error.go and of grpc-js; the outcomes follow from where the server raises them.
 */
export const faultTable: readonly FaultRow[] = [
  // grpc-js: raised before a connection was chosen.
  { text: 'No connection established', code: 'UNAVAILABLE', outcome: 'not-sent', remedy: 'endpoint' },
  { text: 'Name resolution failed', code: 'UNAVAILABLE', outcome: 'not-sent', remedy: 'endpoint' },
  { text: 'waiting for name resolution', code: 'UNAVAILABLE', outcome: 'not-sent', remedy: 'endpoint' },
  { text: 'waiting for metadata filters', code: 'UNAVAILABLE', outcome: 'not-sent', remedy: 'endpoint' },
  { text: 'Waiting for LB pick', code: 'UNAVAILABLE', outcome: 'not-sent', remedy: 'endpoint' },

  // The lease. A txn checks the leases of its puts before it writes the first (txn.go `checkPut`).
  { text: 'requested lease not found', code: 'SESSION_LOST', outcome: 'refused', remedy: 'none' },
  { text: 'lease already exists', code: 'CONFLICT', outcome: 'refused', remedy: 'none' },
  { text: 'too large lease TTL', code: 'LIMIT', outcome: 'refused', remedy: 'none' },
  { text: 'not a primary lessor', code: 'UNAVAILABLE', outcome: 'unknown', remedy: 'endpoint' },

  // The cluster. `no leader` comes from the interceptor that looks at `hasleader`, before the request is looked at.
  { text: 'etcdserver: no leader', code: 'UNAVAILABLE', outcome: 'refused', remedy: 'endpoint' },
  { text: 'etcdserver: not leader', code: 'UNAVAILABLE', outcome: 'refused', remedy: 'endpoint' },
  { text: 'not capable', code: 'UNAVAILABLE', outcome: 'refused', remedy: 'endpoint' },
  { text: 'rpc not supported for learner', code: 'UNAVAILABLE', outcome: 'refused', remedy: 'endpoint' },
  { text: 'leader changed', code: 'UNAVAILABLE', outcome: 'unknown', remedy: 'endpoint' },
  { text: 'request timed out', code: 'UNAVAILABLE', outcome: 'unknown', remedy: 'endpoint' },
  { text: 'server stopped', code: 'UNAVAILABLE', outcome: 'unknown', remedy: 'endpoint' },
  { text: 'unhealthy cluster', code: 'UNAVAILABLE', outcome: 'unknown', remedy: 'endpoint' },
  { text: 'corrupt cluster', code: 'UNAVAILABLE', outcome: 'unknown', remedy: 'endpoint' },
  { text: 'context deadline exceeded', code: 'UNAVAILABLE', outcome: 'unknown', remedy: 'endpoint' },
  { text: 'context canceled', code: 'UNAVAILABLE', outcome: 'unknown', remedy: 'endpoint' },
  { text: 'mvcc: required revision', code: 'UNAVAILABLE', outcome: 'refused', remedy: 'endpoint' },

  // Room and rate. The txn that fills the quota is applied and answered with this error (apply/quota.go `quotaApplierV3.Txn`).
  { text: 'database space exceeded', code: 'LIMIT', outcome: 'unknown', remedy: 'none' },
  { text: 'too many requests', code: 'LIMIT', outcome: 'refused', remedy: 'none' },
  { text: 'request is too large', code: 'LIMIT', outcome: 'refused', remedy: 'none' },
  { text: 'too many operations in txn', code: 'LIMIT', outcome: 'refused', remedy: 'none' },
  { text: 'trying to send message larger than max', code: 'LIMIT', outcome: 'refused', remedy: 'none' },

  // Who asks. The token is checked before a request is proposed, and again before it is applied.
  { text: 'invalid auth token', code: 'DENIED', outcome: 'refused', remedy: 'token' },
  { text: 'user name is empty', code: 'DENIED', outcome: 'refused', remedy: 'token' },
  { text: 'revision of auth store is old', code: 'UNAVAILABLE', outcome: 'refused', remedy: 'token' },
  { text: 'authentication is not enabled', code: 'DENIED', outcome: 'refused', remedy: 'none' },
  { text: 'authentication failed', code: 'DENIED', outcome: 'refused', remedy: 'none' },
  { text: 'user name not found', code: 'DENIED', outcome: 'refused', remedy: 'none' },
  { status: status.permissionDenied, code: 'DENIED', outcome: 'refused', remedy: 'none' },
  { status: status.unauthenticated, code: 'DENIED', outcome: 'refused', remedy: 'none' },

  // By status alone.
  { status: status.invalidArgument, code: 'UNAVAILABLE', outcome: 'refused', remedy: 'none' },
  { status: status.failedPrecondition, code: 'UNAVAILABLE', outcome: 'refused', remedy: 'endpoint' },
  { status: status.notFound, code: 'UNAVAILABLE', outcome: 'refused', remedy: 'endpoint' },
  { status: status.unimplemented, code: 'UNAVAILABLE', outcome: 'refused', remedy: 'endpoint' },
  { status: status.resourceExhausted, code: 'LIMIT', outcome: 'unknown', remedy: 'none' },
  { code: 'UNAVAILABLE', outcome: 'unknown', remedy: 'endpoint' },
];

/** What a failed request means. */
export function faultOf(error: { readonly code: number; readonly message: string }): Fault {
  for (const row of faultTable) {
    if (row.status !== undefined && row.status !== error.code) continue;
    if (row.text !== undefined && !error.message.includes(row.text)) continue;
    return row;
  }
  throw new Error('the last row of the fault table fits every failure');
}

/** The error that a caller sees. `sent`: an unknown outcome matters, because the request writes. */
export function toDcsError(error: RpcError, what: string, sent: boolean): DcsError {
  const { code, outcome } = faultOf(error);
  // gRPC ends with a note that may be empty.
  return new DcsError(code, `etcd: ${what}: ${error.message.replace(/ Resolution note: $/, '')}`, {
    store: 'etcd',
    maybeApplied: sent && outcome === 'unknown',
    cause: error,
  });
}

/** A failure that this package itself finds. */
export function unavailable(message: string, maybeApplied = false): DcsError {
  return new DcsError('UNAVAILABLE', `etcd: ${message}`, { store: 'etcd', maybeApplied });
}

/** What every call on a closed store rejects with. */
export function closed(): DcsError {
  return new DcsError('CLOSED', 'etcd: the store is closed', { store: 'etcd' });
}
