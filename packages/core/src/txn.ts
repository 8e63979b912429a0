import type { Limits, Txn } from './store.ts';

/** What every adapter checks before it sends. @throws TypeError for a malformed txn, RangeError for one over `limits`. */
export function assertTxn(txn: Txn, limits: Limits): void {
  const ops = txn.guards.length + txn.writes.length;
  if (ops > limits.maxCommitOps) {
    throw new RangeError(`txn: ${ops} guards and writes, the store takes at most ${limits.maxCommitOps}`);
  }
  for (const { key, version } of txn.guards) {
    assertKey(key, 'guard');
    if (version !== null && typeof version !== 'string') {
      throw new TypeError(`txn: guard on ${key} has version ${String(version)}; it must be a Version or null`);
    }
  }
  const written = new Set<string>();
  for (const write of txn.writes) {
    assertKey(write.key, 'write');
    if (written.has(write.key)) throw new TypeError(`txn: ${write.key} is written twice`);
    written.add(write.key);
    if (write.type !== 'put') continue;
    const bytes = Buffer.byteLength(write.value);
    if (bytes > limits.maxValueBytes) {
      throw new RangeError(
        `txn: value of ${write.key} has ${bytes} bytes, the store takes at most ${limits.maxValueBytes}`,
      );
    }
  }
}

/** @throws RangeError when `ttl` (milliseconds) is outside the store's limits. */
export function assertTtl(ttl: number, limits: Limits, store: string): void {
  if (!(ttl >= limits.minTtl && ttl <= limits.maxTtl)) {
    throw new RangeError(`ttl: ${ttl} ms is outside what ${store} grants: ${limits.minTtl} to ${limits.maxTtl} ms`);
  }
}

function assertKey(key: string, where: string): void {
  if (typeof key !== 'string' || key === '') throw new TypeError(`txn: a ${where} has no key`);
}
