import { resolve } from 'node:path';
import { type Clock, type Store, systemClock } from '@tenure/core';
import { FileData } from './file-data.ts';
import { sqlite } from './sqlite.ts';
import { EmbeddedStore } from './store.ts';

export interface FileOptions {
  /** The store's clock. Sessions expire by the host's own monotonic clock, which all processes share, whatever this one says. */
  readonly clock?: Clock;
}

/**
 * A store in one SQLite file that the processes of one host share. It survives processes, not hosts: an acknowledged commit
 * outlives `kill -9` of any process and is synced to the disk; the loss of the host or of its disk takes all. After a
 * reboot every session is gone. `guaranteed` is `ttl`.
 *
 * The file is created on first use, in a directory that must exist on a local file system, and is never opened before. A
 * watch keeps no process up. @throws TypeError when `path` is not the path of a file, or when this Node.js has no SQLite.
 * What is wrong with the file itself rejects each call with a DcsError that names it: INVALID_DATA when it is not a store of ours, DENIED when it cannot be
 * written, UNAVAILABLE when its directory is missing.
 */
export function file(path: string, options: FileOptions = {}): Store {
  if (typeof path !== 'string' || path === '' || path.includes('\0')) {
    throw new TypeError(`path: ${JSON.stringify(path)} is not the path of a file`);
  }
  sqlite();
  const clock = options.clock ?? systemClock;
  return new EmbeddedStore(new FileData(resolve(path), clock), clock);
}
