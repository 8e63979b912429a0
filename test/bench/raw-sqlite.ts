import { DatabaseSync } from 'node:sqlite';
import type { Raw } from './target.ts';

/**
 * Plain `node:sqlite` on a file of the same schema and with the same settings, every statement prepared: what a program
 * would write that knows its own few keys. The calls are synchronous, as they are underneath ours.
 */
export function openRawSqlite(path: string, prefix: string, ttl: number): Raw {
  const db = new DatabaseSync(path, { timeout: 3 });
  db.exec(`
    PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    CREATE TABLE keys (key TEXT PRIMARY KEY, value BLOB NOT NULL, version INTEGER NOT NULL, session TEXT) STRICT, WITHOUT ROWID;
    CREATE INDEX keys_by_session ON keys (session) WHERE session IS NOT NULL;
    CREATE TABLE sessions (id TEXT PRIMARY KEY, expires INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE meta (id INTEGER PRIMARY KEY CHECK (id = 1), revision INTEGER NOT NULL) STRICT;
    INSERT INTO meta VALUES (1, 0);
    INSERT INTO sessions VALUES ('s', ${now() + ttl * 1000});`);
  const version = db.prepare('SELECT version FROM keys WHERE key = ?');
  const revision = db.prepare('UPDATE meta SET revision = revision + 1 RETURNING revision');
  const put = db.prepare(`
    INSERT INTO keys (key, value, version, session) VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET value = excluded.value, version = excluded.version, session = excluded.session`);
  const remove = db.prepare('DELETE FROM keys WHERE key = ?');
  const alive = db.prepare('SELECT expires FROM sessions WHERE id = ? AND expires > ?');
  const prolong = db.prepare('UPDATE sessions SET expires = ? WHERE id = ?');
  const list = db.prepare('SELECT key, value, version, session FROM keys WHERE key >= ?');
  const [leader, epoch, document] = [`${prefix}leader`, `${prefix}epoch`, `${prefix}config`];
  let leaderVersion: unknown;
  let epochVersion: unknown;

  const transaction = (
    guards: readonly (readonly [string, unknown])[],
    work: (revision: number) => void,
    writes: boolean,
  ) => {
    db.exec('BEGIN IMMEDIATE');
    try {
      if (alive.get('s', now()) === undefined) throw new Error('the session of the raw client is gone');
      for (const [key, expected] of guards) {
        if (version.get(key)?.version !== expected) throw new Error('a guard of the raw client did not hold');
      }
      work(writes ? Number(revision.get()?.revision) : 0);
      db.exec('COMMIT');
    } catch (error) {
      db.exec('ROLLBACK');
      throw error;
    }
  };
  const fence = () => [[leader, leaderVersion] as const, [epoch, epochVersion] as const];

  return {
    acquire: async () => {
      const guards = [[leader, undefined] as const, [epoch, epochVersion] as const];
      transaction(
        guards,
        (next) => {
          put.run(leader, Buffer.from('node1'), next, 's');
          put.run(epoch, Buffer.from('1'), next, null);
          leaderVersion = next;
          epochVersion = next;
        },
        true,
      );
    },
    release: async () => void remove.run(leader),
    renew: async () => transaction(fence(), () => void prolong.run(now() + ttl * 1000, 's'), false),
    write: async (value) =>
      transaction(fence(), (next) => void put.run(document, Buffer.from(value), next, null), true),
    read: async (from) => {
      const found = new Map<string, { value: string; version: string }>();
      for (const row of list.iterate(from)) {
        const { key, value, version: counted } = row as { key: string; value: Uint8Array; version: number };
        if (!key.startsWith(from)) break;
        found.set(key, { value: Buffer.from(value).toString(), version: String(counted) });
      }
      return found.size;
    },
    [Symbol.asyncDispose]: async () => db.close(),
  };
}

/** Microseconds. */
function now(): number {
  return Number(process.hrtime.bigint() / 1000n);
}
