import { DcsError, type DcsErrorCode } from '@tenure/core';
import type { RpcError } from './rpc.ts';

/** What became of the request. */
export type Outcome =
  /** It never left this process: it may be sent again, also when it writes. */
  | 'not-sent'
  /** The server refused it and did nothing. */
  | 'refused'
  /** It may have taken effect, or may yet. */
  | 'unknown';

/** What helps: another agent, to ask again a little later, or nothing. */
export type Remedy = 'endpoint' | 'patience' | 'none';

export interface Fault {
  readonly code: DcsErrorCode;
  readonly outcome: Outcome;
  readonly remedy: Remedy;
}

export interface FaultRow extends Fault {
  readonly stage?: RpcError['stage'];
  /** The HTTP status; absent: any. */
  readonly status?: number;
  /** Part of the message; absent: any. An agent that forwards puts `rpc error making call: ` before the server's words. */
  readonly text?: string;
}

/**
 * Every answer of Consul that means something here; the first row that fits counts. The outcomes follow from where the server
 * raises the error: agent/consul/rpc.go (`canRetry`: "no leader errors are always safe to retry since no state could have
 * been changed"), agent/http.go, agent/txn_endpoint.go, and hashicorp/raft api.go for the last words of a raft log.
 */
export const faultTable: readonly FaultRow[] = [
  { stage: 'unsent', code: 'UNAVAILABLE', outcome: 'not-sent', remedy: 'endpoint' },

  // The session, and the keys that it locks.
  { text: 'Invalid Session TTL', code: 'LIMIT', outcome: 'refused', remedy: 'none' },
  { text: 'invalid session', code: 'SESSION_LOST', outcome: 'refused', remedy: 'none' },
  { text: 'failed session lookup', code: 'SESSION_LOST', outcome: 'refused', remedy: 'none' },
  { text: 'due to lock delay', code: 'UNAVAILABLE', outcome: 'refused', remedy: 'patience' },

  // Who asks.
  { text: 'Permission denied', code: 'DENIED', outcome: 'refused', remedy: 'none' },
  { text: 'ACL not found', code: 'DENIED', outcome: 'refused', remedy: 'none' },
  { status: 401, code: 'DENIED', outcome: 'refused', remedy: 'none' },
  { status: 403, code: 'DENIED', outcome: 'refused', remedy: 'none' },

  // The cluster. The first ones come before a request is handed to raft.
  { text: 'No cluster leader', code: 'UNAVAILABLE', outcome: 'refused', remedy: 'endpoint' },
  { text: 'No known Consul servers', code: 'UNAVAILABLE', outcome: 'refused', remedy: 'endpoint' },
  { text: 'No path to datacenter', code: 'UNAVAILABLE', outcome: 'refused', remedy: 'endpoint' },
  { text: 'Not ready to serve consistent reads', code: 'UNAVAILABLE', outcome: 'refused', remedy: 'endpoint' },
  { text: 'failed to get conn', code: 'UNAVAILABLE', outcome: 'refused', remedy: 'endpoint' },
  { text: 'node is not the leader', code: 'UNAVAILABLE', outcome: 'refused', remedy: 'endpoint' },
  { text: 'leadership transfer in progress', code: 'UNAVAILABLE', outcome: 'refused', remedy: 'endpoint' },
  { text: 'timed out enqueuing operation', code: 'UNAVAILABLE', outcome: 'refused', remedy: 'endpoint' },
  // The agent's own node is not in the catalog yet, or a check of the session is not passing.
  { text: 'Missing node registration', code: 'UNAVAILABLE', outcome: 'refused', remedy: 'endpoint' },
  { text: 'Missing check', code: 'UNAVAILABLE', outcome: 'refused', remedy: 'endpoint' },
  { text: 'is in critical state', code: 'UNAVAILABLE', outcome: 'refused', remedy: 'endpoint' },

  // Room and rate.
  { text: 'rate limit', code: 'LIMIT', outcome: 'refused', remedy: 'endpoint' },
  { text: 'rate exceeded', code: 'LIMIT', outcome: 'refused', remedy: 'endpoint' },
  { status: 413, code: 'LIMIT', outcome: 'refused', remedy: 'none' },
  { status: 429, code: 'LIMIT', outcome: 'refused', remedy: 'endpoint' },

  // By status alone.
  { status: 301, code: 'UNAVAILABLE', outcome: 'refused', remedy: 'none' },
  { status: 400, code: 'UNAVAILABLE', outcome: 'refused', remedy: 'none' },
  { status: 404, code: 'UNAVAILABLE', outcome: 'refused', remedy: 'endpoint' },
  { status: 405, code: 'UNAVAILABLE', outcome: 'refused', remedy: 'none' },
  { status: 409, code: 'UNAVAILABLE', outcome: 'refused', remedy: 'none' },
  { code: 'UNAVAILABLE', outcome: 'unknown', remedy: 'endpoint' },
];

/** What a failed request means. */
export function faultOf(error: RpcError): Fault {
  for (const row of faultTable) {
    if (row.stage !== undefined && row.stage !== error.stage) continue;
    if (row.status !== undefined && row.status !== error.status) continue;
    if (row.text !== undefined && !(error.stage === 'answered' && contains(error.message, row.text))) continue;
    return row;
  }
  throw new Error('the last row of the fault table fits every failure');
}

/** Versions of Consul differ in capitals. */
function contains(message: string, text: string): boolean {
  return message.toLowerCase().includes(text.toLowerCase());
}

/** The error that a caller sees. `sent`: an unknown outcome matters, because the request writes. */
export function toDcsError(error: RpcError, what: string, sent: boolean): DcsError {
  const { code, outcome } = faultOf(error);
  return new DcsError(code, `consul: ${what}: ${error.message}`, {
    store: 'consul',
    maybeApplied: sent && outcome === 'unknown',
    cause: error,
  });
}

/** A failure that this package itself finds. */
export function unavailable(message: string, maybeApplied = false): DcsError {
  return new DcsError('UNAVAILABLE', `consul: ${message}`, { store: 'consul', maybeApplied });
}
