import type { Commit, Txn, Version } from '@tenure/core';
import type { RpcTxn, TxnReply } from './rpc.ts';
import { EtcdSession } from './session.ts';

/**
 * A txn as etcd takes it. etcd answers a txn without a range that is not serializable, and without writes, out of the
 * member's own memory, also on a member that is cut off (server/etcdserver/txn/txn.go `IsTxnSerializable`). So one that
 * does not write ranges over a key in both branches: over its first guard's, else over `readable`.
 */
export function toRpcTxn(txn: Txn, readable: string): RpcTxn {
  const puts: RpcTxn['puts'][number][] = [];
  const deletes: string[] = [];
  for (const write of txn.writes) {
    if (write.type === 'delete') {
      deletes.push(write.key);
      continue;
    }
    const { key, value, session } = write;
    if (session !== undefined && !(session instanceof EtcdSession)) {
      throw new TypeError(`txn: the session of the put on ${key} is not one of an etcd store`);
    }
    puts.push({ key, value, lease: session?.id });
  }
  const proof = txn.writes.length > 0 ? undefined : (txn.guards[0]?.key ?? readable);
  return { guards: txn.guards, puts, deletes, proof };
}

/** All that one txn puts has the revision of the txn. */
export function toCommit(txn: RpcTxn, reply: TxnReply): Commit | undefined {
  if (!reply.succeeded) return undefined;
  const version = String(reply.header.revision) as Version;
  return { versions: new Map(txn.puts.map(({ key }) => [key, version])) };
}
