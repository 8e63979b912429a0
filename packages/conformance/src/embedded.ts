import type { DatabaseSync } from 'node:sqlite';
import { file, MemoryServer, memory } from '@tenure/embedded';
import type { Admin, Harness } from './harness.ts';
import { linkHarness } from './link-harness.ts';

export interface EmbeddedHarnessOptions {
  /** Milliseconds. Default 1,000: ten times the store's minimum, so that a busy machine can keep a session alive. */
  readonly ttl?: number;
}

/** A fresh memory server, its clients and its faults. */
export function memoryHarness({ ttl = 1000 }: EmbeddedHarnessOptions = {}): Harness {
  const server = new MemoryServer();
  const direct = memory({ server });
  return linkHarness({
    name: 'embedded memory',
    ttl,
    grace: 0,
    connect: async () => memory({ server }),
    faults: { expire: async (session) => server.expire(session.id) },
    admin: {
      putRaw: async (key, bytes) => server.putRaw(key, bytes),
      delete: async (key) => {
        await direct.commit({ guards: [], writes: [{ type: 'delete', key }] });
      },
      get: async (key) => {
        const entry = (await direct.read(key)).entries.get(key);
        return entry && Buffer.from(entry.value);
      },
    },
  });
}

/** The clients and the faults of a SQLite file, which is made when it is missing. */
export function fileHarness(path: string, { ttl = 1000 }: EmbeddedHarnessOptions = {}): Harness {
  return linkHarness({
    name: 'embedded file',
    ttl,
    grace: 0,
    connect: async () => file(path),
    faults: {
      expire: async ({ id }) => {
        alter(path, (db) => {
          db.prepare('DELETE FROM keys WHERE session = ?').run(id);
          db.prepare('DELETE FROM sessions WHERE id = ?').run(id);
        });
      },
    },
    admin: fileAdmin(path),
  });
}

/** By SQL, as `sqlite3` on the command line would. */
function fileAdmin(path: string): Admin {
  return {
    putRaw: async (key, bytes) => {
      alter(path, (db) => {
        db.prepare('UPDATE meta SET revision = revision + 1').run();
        const insert = 'INSERT OR REPLACE INTO keys (key, value, version) SELECT ?, ?, revision FROM meta';
        db.prepare(insert).run(key, bytes);
      });
    },
    delete: async (key) => {
      alter(path, (db) => void db.prepare('DELETE FROM keys WHERE key = ?').run(key));
    },
    get: async (key) => {
      const row = alter(path, (db) => db.prepare('SELECT value FROM keys WHERE key = ?').get(key));
      return row?.value as Uint8Array | undefined;
    },
  };
}

function alter<T>(path: string, work: (db: DatabaseSync) => T): T {
  // Loaded when needed: the store itself has loaded it by then, if this Node.js has it at all.
  const sqlite = process.getBuiltinModule('node:sqlite');
  const db = new sqlite.DatabaseSync(path, { timeout: 5000 });
  try {
    db.exec('BEGIN IMMEDIATE');
    const result = work(db);
    db.exec('COMMIT');
    return result;
  } finally {
    db.close();
  }
}
