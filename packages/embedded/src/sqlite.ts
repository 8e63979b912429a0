import type { DatabaseSync } from 'node:sqlite';

type Sqlite = typeof import('node:sqlite');

let loaded: Sqlite | undefined;

/**
 * Loads `node:sqlite` on first use, so that only those who open a file need it. Node 22 and 24 print an ExperimentalWarning
 * while they load it. That one is kept from the users of a daemon, who can do nothing about it: what may change is the
 * JavaScript interface, whose few methods used here are covered by this package's tests, and not the file format. Every
 * other warning passes.
 */
export function sqlite(): Sqlite {
  if (loaded !== undefined) return loaded;
  const emitWarning = process.emitWarning;
  process.emitWarning = ((...args: Parameters<typeof emitWarning>) => {
    if (!isSqliteNotice(args)) Reflect.apply(emitWarning, process, args);
  }) as typeof emitWarning;
  try {
    loaded = process.getBuiltinModule('node:sqlite') as Sqlite | undefined;
  } finally {
    process.emitWarning = emitWarning;
  }
  if (loaded === undefined) throw new TypeError('file(): this Node.js has no node:sqlite; 22.13 or later has');
  return loaded;
}

function isSqliteNotice([warning, type]: readonly unknown[]): boolean {
  return type === 'ExperimentalWarning' && typeof warning === 'string' && warning.startsWith('SQLite ');
}

/** SQLite's primary result codes (https://sqlite.org/rescode.html) that need an answer of their own. */
export const CODE = {
  PERM: 3,
  BUSY: 5,
  LOCKED: 6,
  READONLY: 8,
  IOERR: 10,
  CORRUPT: 11,
  FULL: 13,
  CANTOPEN: 14,
  PROTOCOL: 15,
  SCHEMA: 17,
  TOOBIG: 18,
  AUTH: 23,
  NOTADB: 26,
} as const;

/** The primary result code of an error that SQLite made; undefined for any other error. */
export function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || (error as { code?: unknown }).code !== 'ERR_SQLITE_ERROR') return undefined;
  const { errcode } = error as { errcode?: unknown };
  return typeof errcode === 'number' ? errcode & 0xff : undefined;
}

export type { DatabaseSync };
