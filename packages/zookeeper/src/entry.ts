import { isUtf8 } from 'node:buffer';
import type { Entry, Version } from '@tenure/core';
import type { ZkNode } from './rpc.ts';

/**
 * A znode is a key unless it is only a directory. The directories that this package makes have no data at all; those of
 * other clients have empty data and were never written to since (kazoo, Patroni); they stay directories when the last znode
 * below them has gone. Hence an empty value that this package puts is always written to once more.
 */
export function isKey({ data, stat }: ZkNode): boolean {
  if (data === undefined) return false;
  const hasHadChildren = stat.children > 0 || stat.pzxid !== stat.czxid;
  return data.length > 0 || stat.version > 0 || !hasHadChildren;
}

/** The transaction that created the znode and the number of changes since: never the same for two incarnations. */
export function toVersion(czxid: bigint, version: number): Version {
  return `${czxid}:${version}` as Version;
}

export function toEntry({ data = Buffer.alloc(0), stat }: ZkNode): Entry {
  return {
    value: data.toString(),
    version: toVersion(stat.czxid, stat.version),
    ...(stat.owner !== undefined && { session: stat.owner }),
    ...(!isUtf8(data) && { malformed: true as const }),
  };
}
