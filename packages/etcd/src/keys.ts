/**
 * The end of the range that holds exactly the keys starting with `prefix`: the prefix with its last byte that is not 0xff
 * counted up and the rest cut off. The single byte 0 means "to the end" (etcd, api/etcdserverpb/rpc.proto `RangeRequest`).
 */
export function rangeEnd(prefix: Buffer): Buffer {
  for (let i = prefix.length - 1; i >= 0; i--) {
    const byte = prefix[i] ?? 0;
    if (byte < 0xff) return Buffer.concat([prefix.subarray(0, i), Buffer.of(byte + 1)]);
  }
  return Buffer.of(0);
}

/** The first key of a prefix: etcd refuses an empty key, and the byte 0 sorts before all others. */
export function rangeStart(prefix: Buffer): Buffer {
  return prefix.length === 0 ? Buffer.of(0) : prefix;
}
