import { readFileSync, writeFileSync } from 'node:fs';

/** One Debian package, pinned: the file at `path` under a mirror is taken only if its bytes have this hash. */
export interface PinnedPackage {
  readonly suite: string;
  readonly package: string;
  readonly version: string;
  /** Below the mirror's root, percent-encoded as apt prints it. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly sha256: string;
}

export interface Lock {
  /** The Debian architecture the files were pinned for; on another one the signed index decides. */
  readonly architecture: string;
  readonly components: Readonly<Record<string, readonly PinnedPackage[]>>;
}

const lockFile = new URL('./servers.lock.json', import.meta.url);

export function readLock(): Lock {
  return JSON.parse(readFileSync(lockFile, 'utf8')) as Lock;
}

export function writeLock(lock: Lock): void {
  writeFileSync(lockFile, `${JSON.stringify(lock, null, 2)}\n`);
}
