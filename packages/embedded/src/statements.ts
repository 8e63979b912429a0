import type { StatementSync } from 'node:sqlite';
import type { DatabaseSync } from './sqlite.ts';

/**
 * Whether a session is alive at `now`, which a reader takes before it reads: so what it then finds prolonged is prolonged,
 * however long the reader was stopped in between. A key is there when it is permanent or its session is alive.
 */
const ALIVE = 'boot = :boot AND expires > :now';

/**
 * Whether a session stays at `now`, taken inside a write transaction; the others are purged. One that was renewed later
 * than now belongs to an earlier boot: that tells a reboot where the kernel does not name its boots.
 */
const STAYS = `${ALIVE} AND expires - ttl - 1 <= :now`;

/** Every statement, prepared once for a connection. */
export interface Statements {
  readonly read: StatementSync;
  readonly dataVersion: StatementSync;
  readonly state: StatementSync;
  readonly purgeKeys: StatementSync;
  readonly purgeSessions: StatementSync;
  readonly version: StatementSync;
  readonly nextRevision: StatementSync;
  readonly put: StatementSync;
  readonly remove: StatementSync;
  readonly session: StatementSync;
  readonly open: StatementSync;
  readonly renew: StatementSync;
  readonly endKeys: StatementSync;
  readonly endSession: StatementSync;
}

export function prepareStatements(db: DatabaseSync): Statements {
  return {
    read: db.prepare(`
      SELECT key, value, version, session FROM keys
      WHERE key >= :prefix AND (session IS NULL OR session IN (SELECT id FROM sessions WHERE ${ALIVE})) ORDER BY key`),
    dataVersion: db.prepare('PRAGMA data_version'),
    state: db.prepare(`
      SELECT (SELECT revision FROM meta) AS revision, count(*) FILTER (WHERE NOT (${ALIVE})) AS over,
        count(*) FILTER (WHERE NOT (${STAYS})) AS gone, min(expires) FILTER (WHERE ${ALIVE}) AS first
      FROM sessions`),
    purgeKeys: db.prepare(`
      DELETE FROM keys WHERE session IS NOT NULL AND session NOT IN (SELECT id FROM sessions WHERE ${STAYS})
      RETURNING key`),
    purgeSessions: db.prepare(`DELETE FROM sessions WHERE NOT (${STAYS})`),
    // An administrator may have removed a session and left its keys.
    version: db.prepare(`
      SELECT version FROM keys WHERE key = ? AND (session IS NULL OR session IN (SELECT id FROM sessions))`),
    nextRevision: db.prepare('UPDATE meta SET revision = revision + 1 RETURNING revision'),
    put: db.prepare(`
      INSERT INTO keys (key, value, version, session) VALUES (:key, :value, :version, :session)
      ON CONFLICT DO UPDATE SET value = excluded.value, version = excluded.version, session = excluded.session`),
    remove: db.prepare('DELETE FROM keys WHERE key = ?'),
    session: db.prepare('SELECT ttl FROM sessions WHERE id = ?'),
    open: db.prepare('INSERT INTO sessions (id, boot, ttl, expires) VALUES (:id, :boot, :ttl, :expires)'),
    renew: db.prepare('UPDATE sessions SET expires = :expires WHERE id = :id'),
    endKeys: db.prepare('DELETE FROM keys WHERE session = ? RETURNING key'),
    endSession: db.prepare('DELETE FROM sessions WHERE id = ?'),
  };
}
