import { type Commit, DcsError, type Txn, type Version, type Write } from '@tenure/core';
import { toVersion } from './entry.ts';
import { toWireKey } from './keys.ts';
import { type ConsulRpc, type KvOp, type OpFailure, type RpcCall, RpcError, toTxnBody } from './rpc.ts';
import { ConsulSession } from './session.ts';

/** A transaction as Consul takes it. */
export interface WireTxn {
  /** The guards first. */
  readonly ops: readonly KvOp[];
  readonly guards: number;
  readonly writes: boolean;
  /** The keys that are put, of the contract and of Consul. */
  readonly puts: ReadonlyMap<string, string>;
}

/** What one write takes, and what the proof of a live session takes: see `toWireTxn`. */
const OPS_PER_WRITE = 2;
/** `maxTxnOps` (Consul, agent/txn_endpoint.go). */
const MOST_OPS = 64;
/** Of the request of a transaction, what an agent takes unless its `txn_max_req_len` says more (Consul, agent/txn_endpoint.go). */
export const MOST_REQUEST_BYTES = 524_288;
export const MOST_COMMIT_OPS = Math.floor((MOST_OPS - OPS_PER_WRITE) / OPS_PER_WRITE);

/**
 * | contract                     | Consul                                                            |
 * |------------------------------|-------------------------------------------------------------------|
 * | guard, version               | `check-index`, which fails for an absent key                      |
 * | guard, absent                | `check-not-exists`                                                |
 * | put without a session        | `delete`, `set`                                                   |
 * | put with a session           | `delete`, `lock`                                                  |
 * | delete                       | `delete`, which is no error for an absent key                     |
 * | nothing but guards           | a read transaction, confirmed by the leader with a quorum         |
 * | nothing at all               | a consistent read                                                 |
 *
 * A put deletes first, in the same transaction, so that nobody sees the gap. `set` alone leaves a lock where it is, `lock`
 * alone is refused by a lock of another session, and neither gives a value that is already there a new index
 * (state/kvs.go `kvsSetTxn`, `kvsLockTxn`). A guarded absent key needs no delete. All keys that one transaction puts get
 * its raft index, which was never an index before. `cas` and `delete-cas` are not used: the latter passes for an absent key.
 *
 * `alive`: nothing may be written unless this session lives. `lock` alone looks at sessions, so the first written key is
 * locked with it and then deleted again, before anything else is written.
 *
 * @throws TypeError for a version or a session of another store; DcsError LIMIT for a request that no agent would take
 */
export function toWireTxn(txn: Txn, alive?: ConsulSession): WireTxn {
  const absent = new Set<string>();
  const guards = txn.guards.map(({ key, version }): KvOp => {
    const Key = toWireKey(key);
    if (version === null) absent.add(key);
    return version === null
      ? { Verb: 'check-not-exists', Key }
      : { Verb: 'check-index', Key, Index: toIndex(version, key) };
  });
  const writes = txn.writes.flatMap((write) => toOps(write, absent.has(write.key)));
  const proven = writes.some((op) => op.Verb === 'lock' && op.Session === alive?.id);
  const [first] = txn.writes;
  const proof =
    alive === undefined || proven || first === undefined
      ? []
      : proofOf(alive, toWireKey(first.key), absent.has(first.key));
  const ops = [...guards, ...proof, ...writes];
  assertSize(ops);
  return {
    ops,
    guards: guards.length,
    writes: writes.length > 0,
    puts: new Map(txn.writes.flatMap(({ type, key }) => (type === 'put' ? [[key, toWireKey(key)]] : []))),
  };
}

/**
 * `undefined`: a guard did not hold, and nothing was written.
 * @throws RpcError, with the words of the operation that failed when it was no guard
 */
export async function runTxn(rpc: ConsulRpc, txn: WireTxn, call: RpcCall): Promise<Commit | undefined> {
  if (txn.ops.length === 0) {
    await rpc.prove(call);
    return { versions: new Map() };
  }
  const { failures, indexes } = await rpc.txn(txn.ops, call);
  const other = failures.find(isNoGuard) ?? failures.find(({ op }) => op >= txn.guards);
  if (other !== undefined && (isNoGuard(other) || failures.every(({ op }) => op >= txn.guards))) {
    throw new RpcError('answered', 409, other.text);
  }
  if (failures.length > 0) return undefined;
  const versions = new Map<string, Version>();
  for (const [key, wireKey] of txn.puts) {
    const index = indexes.get(wireKey);
    // A token that may write a key may read it, and results are only left out for want of that.
    if (index === undefined) throw new RpcError('sent', 0, `the answer has no index of ${key}`);
    versions.set(key, toVersion(index));
  }
  return { versions };
}

function assertSize(ops: readonly KvOp[]): void {
  const bytes = Buffer.byteLength(JSON.stringify(toTxnBody(ops)));
  if (bytes <= MOST_REQUEST_BYTES) return;
  throw new DcsError(
    'LIMIT',
    `consul: txn: its guards and writes make a request of ${bytes} bytes, values in base64; it must be at most ${MOST_REQUEST_BYTES}`,
    { store: 'consul' },
  );
}

function toOps(write: Write, absent: boolean): KvOp[] {
  const Key = toWireKey(write.key);
  const clear: KvOp[] = absent ? [] : [{ Verb: 'delete', Key }];
  if (write.type === 'delete') return [{ Verb: 'delete', Key }];
  const { value, session } = write;
  const Value = Buffer.from(value).toString('base64');
  if (session === undefined) return [...clear, { Verb: 'set', Key, Value }];
  if (!(session instanceof ConsulSession)) {
    throw new TypeError(`txn: the session of the put on ${write.key} is not one of a Consul store`);
  }
  return [...clear, { Verb: 'lock', Key, Value, Session: session.id }];
}

function proofOf(session: ConsulSession, Key: string, absent: boolean): KvOp[] {
  const lock: KvOp = { Verb: 'lock', Key, Value: '', Session: session.id };
  // The write that follows begins with a delete of its own, unless the key is absent.
  return absent ? [lock, { Verb: 'delete', Key }] : [{ Verb: 'delete', Key }, lock];
}

/** The words are matched from their beginning: keys, which anybody may name, stand in their middle. */
function isNoGuard({ text }: OpFailure): boolean {
  return /^(invalid session |failed session lookup|Permission denied|ACL not found|failed to lock key .* due to lock delay$)/.test(
    text,
  );
}

function toIndex(version: Version, key: string): number {
  const index = Number(version);
  if (Number.isSafeInteger(index) && index > 0) return index;
  throw new TypeError(`txn: guard on ${key} has version ${version}, which is not one of a Consul store`);
}
