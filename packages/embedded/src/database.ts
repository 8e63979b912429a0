import { accessSync, constants, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DcsError, type DcsErrorCode } from '@tenure/core';
import { Busy } from './backend.ts';
import { NAME } from './errors.ts';
import { CODE, type DatabaseSync, resultCode, sqlite } from './sqlite.ts';

/** "Tnre": what `file(1)` and SQLite know our files by. */
const APPLICATION_ID = 0x546e7265;
const SCHEMA_VERSION = 1;

/**
 * `expires` is in microseconds of the host clock. STRICT keeps an administrator's SQL from storing a value that is not a BLOB.
 */
const SCHEMA = `
  CREATE TABLE keys (
    key TEXT PRIMARY KEY, value BLOB NOT NULL, version INTEGER NOT NULL, session TEXT
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX keys_by_session ON keys (session) WHERE session IS NOT NULL;
  CREATE TABLE sessions (
    id TEXT PRIMARY KEY, boot TEXT NOT NULL, ttl INTEGER NOT NULL, expires INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE meta (id INTEGER PRIMARY KEY CHECK (id = 1), revision INTEGER NOT NULL) STRICT;
  INSERT INTO meta VALUES (1, 0);
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${SCHEMA_VERSION};
`;

export interface Opened {
  readonly db: DatabaseSync;
  /** Which file was opened: the path may come to name another one. */
  readonly identity: string;
}

/** Opens the file, and makes it ours when it is empty. Nothing is written to a file that is someone else's. */
export function openDatabase(path: string): Opened {
  assertUsable(path);
  let db: DatabaseSync | undefined;
  try {
    // No waiting inside SQLite, which would hold up the event loop: the store waits, until the caller's deadline.
    db = new (sqlite().DatabaseSync)(path, { timeout: 0 });
    prepare(db, path);
    return { db, identity: fileIdentity(path) };
  } catch (error) {
    db?.close();
    throw explain(error, path);
  }
}

/** @throws DcsError UNAVAILABLE when there is no such file any more */
export function fileIdentity(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) throw failure('UNAVAILABLE', path, 'was removed while it was in use');
  return `${stats.dev}:${stats.ino}`;
}

/** What a failed statement means: `Busy`, or a DcsError that names the file. Other errors come back as they are. */
export function explain(error: unknown, path: string): unknown {
  switch (resultCode(error)) {
    case undefined:
      return error;
    case CODE.BUSY:
    case CODE.LOCKED:
    case CODE.PROTOCOL:
    case CODE.SCHEMA:
      return new Busy();
    case CODE.READONLY:
    case CODE.PERM:
    case CODE.AUTH:
      return failure('DENIED', path, 'cannot be written', error);
    case CODE.NOTADB:
      return failure('INVALID_DATA', path, 'is not a SQLite database', error);
    case CODE.CORRUPT:
      return failure('INVALID_DATA', path, 'is damaged', error);
    case CODE.FULL:
      return failure('LIMIT', path, 'has no room left on its disk', error);
    case CODE.TOOBIG:
      return failure('LIMIT', path, 'cannot take a value of this size', error);
    default:
      return failure('UNAVAILABLE', path, (error as Error).message, error);
  }
}

function prepare(db: DatabaseSync, path: string): void {
  if (isOurs(db, path)) {
    configure(db, path);
    return;
  }
  configure(db, path);
  db.exec('BEGIN IMMEDIATE');
  // Another process may have been first.
  if (!isOurs(db, path)) db.exec(SCHEMA);
  db.exec('COMMIT');
}

/**
 * The write-ahead log lets readers go on while one process writes, even one that was stopped in the middle. A commit is in
 * the kernel's page cache when it returns, which outlives this process however it dies. Each commit is synced all the same
 * (synchronous FULL, https://sqlite.org/pragma.html#pragma_synchronous): with NORMAL a power cut could take back the last
 * commits, and a fencing token that the world has seen would be given again.
 */
function configure(db: DatabaseSync, path: string): void {
  const mode = db.prepare('PRAGMA journal_mode = WAL').get()?.journal_mode;
  if (mode !== 'wal')
    throw failure('UNAVAILABLE', path, 'is on a file system that cannot share memory between processes');
  db.exec('PRAGMA synchronous = FULL');
}

/** Asks in one statement: another process may be making the file ours between two. */
function isOurs(db: DatabaseSync, path: string): boolean {
  const { application, version, tables } = db
    .prepare(`
      SELECT (SELECT count(*) FROM sqlite_master) AS tables, application_id AS application, user_version AS version
      FROM pragma_application_id, pragma_user_version`)
    .get() as Record<'application' | 'version' | 'tables', number>;
  if (application === APPLICATION_ID) {
    if (version === SCHEMA_VERSION) return true;
    throw failure('INVALID_DATA', path, `has schema version ${version}; this release knows ${SCHEMA_VERSION}`);
  }
  if (application !== 0 || version !== 0 || tables !== 0) {
    throw failure('INVALID_DATA', path, 'is a SQLite database of another application');
  }
  return false;
}

/** Says what is wrong where SQLite would say "unable to open database file", or would open read-only without a word. */
function assertUsable(path: string): void {
  const directory = dirname(path);
  if (!statOf(directory, path)?.isDirectory()) throw failure('UNAVAILABLE', path, `has no directory ${directory}`);
  const file = statOf(path, path);
  if (file !== undefined && !file.isFile()) throw failure('INVALID_DATA', path, 'is not a file');
  if (file !== undefined && !mayWrite(path, 0))
    throw failure('DENIED', path, 'may not be read and written by this process');
  if (!mayWrite(directory, constants.X_OK)) {
    throw failure('DENIED', path, `needs a directory that this process may write: SQLite keeps files beside it`);
  }
}

function statOf(path: string, file: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw failure('DENIED', file, 'cannot be looked up', error);
  }
}

function mayWrite(path: string, also: number): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK | also);
    return true;
  } catch {
    return false;
  }
}

function failure(code: DcsErrorCode, path: string, what: string, cause?: unknown): DcsError {
  return new DcsError(code, `${path} ${what}`, { store: NAME, ...(cause === undefined ? {} : { cause }) });
}
