import { isUtf8 } from 'node:buffer';
import type { Entry, Version } from '@tenure/core';
import type { RpcKeyValue } from './rpc.ts';

/** The version is the revision that last wrote the key; the first one is like any other. */
export function toEntry({ value, modRevision, lease }: RpcKeyValue): Entry {
  return {
    value: value.toString(),
    version: String(modRevision) as Version,
    ...(lease !== undefined && { session: lease }),
    ...(!isUtf8(value) && { malformed: true as const }),
  };
}
