import { isUtf8 } from 'node:buffer';
import type { Entry, Version } from '@tenure/core';
import { fromWireKey } from './keys.ts';
import type { RpcKeyValue } from './rpc.ts';

/** The version is the raft index that last wrote the key. */
export function toVersion(modifyIndex: number): Version {
  return String(modifyIndex) as Version;
}

export function toEntries(list: readonly RpcKeyValue[]): ReadonlyMap<string, Entry> {
  return new Map(list.map((kv) => [fromWireKey(kv.key), toEntry(kv)]));
}

function toEntry({ value, modifyIndex, session }: RpcKeyValue): Entry {
  return {
    value: value.toString(),
    version: toVersion(modifyIndex),
    ...(session !== undefined && { session }),
    ...(!isUtf8(value) && { malformed: true as const }),
  };
}

/** Same keys, same versions. */
export function sameEntries(some: ReadonlyMap<string, Entry>, others: ReadonlyMap<string, Entry>): boolean {
  if (some.size !== others.size) return false;
  for (const [key, { version }] of some) if (others.get(key)?.version !== version) return false;
  return true;
}
