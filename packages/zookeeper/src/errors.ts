import { DcsError, type DcsErrorCode } from '@tenure/core';
import type { ZkError } from './rpc.ts';

/** What became of the request. */
export type Outcome =
  /** It never left this process, or the server refused it and did nothing. */
  | 'refused'
  /** It may have taken effect, or may yet. */
  | 'unknown';

export interface Fault {
  readonly code: DcsErrorCode;
  readonly outcome: Outcome;
  /** The same request may succeed on another connection or a moment later. */
  readonly again: boolean;
  readonly text: string;
}

export interface FaultRow extends Fault {
  readonly zk: number;
}

const unavailableThen = { code: 'UNAVAILABLE', again: true } as const;
const refused = { outcome: 'refused', again: false } as const;

/**
 * Every code of ZooKeeper 3.8 and 3.9 that means something here (KeeperException.Code), and the two of `rpc.ts`. The codes of
 * lost races (no node, bad version, node exists, not empty) are answers, and are looked at before this table.
 */
export const faultTable: readonly FaultRow[] = [
  { zk: 1, ...unavailableThen, outcome: 'refused', text: 'not connected' },
  { zk: 2, ...unavailableThen, outcome: 'unknown', text: 'the server does not speak ZooKeeper’s protocol' },
  { zk: -1, ...unavailableThen, outcome: 'unknown', text: 'system error' },
  { zk: -2, ...unavailableThen, outcome: 'refused', text: 'runtime inconsistency' },
  { zk: -3, ...unavailableThen, outcome: 'unknown', text: 'data inconsistency' },
  { zk: -4, ...unavailableThen, outcome: 'unknown', text: 'the connection was lost' },
  { zk: -5, code: 'LIMIT', ...refused, text: 'marshalling error' },
  { zk: -6, code: 'UNAVAILABLE', ...refused, text: 'unimplemented on this server' },
  { zk: -7, ...unavailableThen, outcome: 'unknown', text: 'operation timeout' },
  { zk: -8, code: 'LIMIT', ...refused, text: 'bad arguments' },
  // A server that lost its leader, or a quorum that was told to wait for a new configuration.
  { zk: -12, ...unavailableThen, outcome: 'refused', text: 'unknown session' },
  { zk: -13, ...unavailableThen, outcome: 'refused', text: 'new config without a quorum' },
  { zk: -14, ...unavailableThen, outcome: 'refused', text: 'reconfiguration in progress' },
  { zk: -101, ...unavailableThen, outcome: 'refused', text: 'no node' },
  { zk: -102, code: 'DENIED', ...refused, text: 'no permission' },
  { zk: -103, ...unavailableThen, outcome: 'refused', text: 'bad version' },
  { zk: -108, code: 'LIMIT', ...refused, text: 'there can be no keys below a key that is bound to a session' },
  { zk: -110, ...unavailableThen, outcome: 'refused', text: 'node exists' },
  { zk: -111, ...unavailableThen, outcome: 'refused', text: 'node has children' },
  { zk: -112, code: 'SESSION_LOST', ...refused, text: 'the session is gone' },
  { zk: -114, code: 'DENIED', ...refused, text: 'invalid access control list' },
  { zk: -115, code: 'DENIED', ...refused, text: 'authentication failed' },
  { zk: -118, ...unavailableThen, outcome: 'refused', text: 'the session moved to another connection' },
  { zk: -119, ...unavailableThen, outcome: 'refused', text: 'the server is read-only: it has no quorum' },
  { zk: -124, code: 'DENIED', ...refused, text: 'the server wants a login' },
  { zk: -125, code: 'LIMIT', ...refused, text: 'quota exceeded' },
  { zk: -127, code: 'LIMIT', ...refused, text: 'the server is throttling' },
];

const other: Fault = { code: 'UNAVAILABLE', outcome: 'unknown', again: false, text: 'an error that is not known here' };

export function faultOf(error: ZkError): Fault {
  return faultTable.find(({ zk }) => zk === error.code) ?? other;
}

/** `writing`: a request that writes was under way. */
export function toDcsError(error: ZkError, during: string, writing: boolean): DcsError {
  const fault = faultOf(error);
  return new DcsError(fault.code, `zookeeper: ${during}: ${fault.text} (code ${error.code})`, {
    store: 'zookeeper',
    maybeApplied: writing && error.sent && fault.outcome === 'unknown',
    cause: error,
  });
}

export function unavailable(what: string, maybeApplied = false): DcsError {
  return new DcsError('UNAVAILABLE', `zookeeper: ${what}`, { store: 'zookeeper', maybeApplied });
}
