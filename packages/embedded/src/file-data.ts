import { randomUUID } from 'node:crypto';
import { utimesSync } from 'node:fs';
import type { Clock, Commit, Entry, Txn, Version, Write } from '@tenure/core';
import type { Backend, Late, Mark } from './backend.ts';
import { Connection } from './connection.ts';
import { DirectoryWatch } from './directory-watch.ts';
import { toEntry } from './entry.ts';
import { sessionLost } from './errors.ts';
import { hostClock } from './host-clock.ts';
import type { Statements } from './statements.ts';

/** The data in a SQLite file, as one process sees and changes it. */
export class FileData implements Backend {
  readonly pollEvery = 1_000;
  readonly #path: string;
  readonly #connection: Connection;
  readonly #directory: DirectoryWatch;
  readonly #watchers = new Set<() => void>();
  #seen: string | undefined;

  constructor(path: string, clock: Clock) {
    this.#path = path;
    this.#connection = new Connection(path);
    this.#directory = new DirectoryWatch(path, clock, () => this.#changed());
  }

  read(prefix: string): ReadonlyMap<string, Entry> {
    return this.#connection.reading(({ sql, now }) => {
      const found = new Map<string, Entry>();
      for (const row of sql.read.iterate({ prefix, now, boot: hostClock.boot })) {
        const { key, value, version, session } = row as unknown as KeyRow;
        // In the order of UTF-8, which is SQLite's, all keys of one prefix stand together.
        if (!key.startsWith(prefix)) break;
        found.set(key, toEntry(value, version, session ?? undefined));
      }
      return found;
    });
  }

  mark(): Mark {
    return this.#connection.reading(({ sql, now }) => {
      // While the file does not change no session is prolonged, so their number tells whether one ended.
      const version = sql.dataVersion.get()?.data_version;
      const { alive, first } = sql.alive.get({ now, boot: hostClock.boot }) as unknown as AliveRow;
      return {
        token: `${this.#connection.generation}:${version}:${alive}`,
        expiresIn: first === null ? undefined : (first - now) / 1000,
      };
    });
  }

  commit(txn: Txn, late: Late, renewing?: string): Commit | undefined {
    return this.#write(late, (sql, now) => {
      const ttl = renewing === undefined ? undefined : sessionTtl(sql, renewing);
      const holds = txn.guards.every(({ key, version }) => versionOf(sql, key) === version);
      if (holds) {
        for (const write of txn.writes) if (write.type === 'put' && write.session) sessionTtl(sql, write.session.id);
      }
      if (renewing !== undefined && ttl !== undefined) sql.renew.run({ id: renewing, expires: now + 1 + ttl });
      return holds ? apply(sql, txn.writes) : undefined;
    });
  }

  openSession(ttl: number, late: Late): string {
    return this.#write(late, (sql, now) => {
      const id = randomUUID();
      const micros = Math.ceil(ttl * 1000);
      // Rounded up here and down where it is compared: never early.
      sql.open.run({ id, boot: hostClock.boot, ttl: micros, expires: now + 1 + micros });
      return id;
    });
  }

  endSession(id: string, late: Late): void {
    this.#write(late, (sql) => {
      sql.endKeys.run(id);
      sql.endSession.run(id);
    });
  }

  subscribe(_prefix: string, wake: () => void): () => void {
    if (this.#watchers.size === 0) this.#directory.start();
    this.#watchers.add(wake);
    return () => {
      this.#watchers.delete(wake);
      if (this.#watchers.size === 0) this.#directory.stop();
    };
  }

  close(): void {
    this.#directory.stop();
    this.#connection.close();
  }

  #write<T>(late: Late, work: (sql: Statements, now: number) => T): T {
    const result = this.#connection.writing(late, ({ sql, now }) => work(sql, now));
    this.#announce();
    this.#changed();
    return result;
  }

  /**
   * One more file event, after the commit: those of the commit itself may reach a watcher before SQLite has published it. A
   * process that may write the file but does not own it cannot, and leaves it to the watchers to look again.
   */
  #announce(): void {
    const now = new Date();
    try {
      utimesSync(this.#path, now, now);
    } catch {}
  }

  /** The file may have changed: one cheap look decides for all watches. */
  #changed(): void {
    if (this.#watchers.size === 0) return;
    try {
      const { token } = this.mark();
      if (token === this.#seen) return;
      this.#seen = token;
    } catch {
      // Each watch will meet the same error, and has its own answer to it.
      this.#seen = undefined;
    }
    for (const wake of this.#watchers) wake();
  }
}

interface KeyRow {
  readonly key: string;
  readonly value: Uint8Array;
  readonly version: number;
  readonly session: string | null;
}

interface AliveRow {
  readonly alive: number;
  readonly first: number | null;
}

function versionOf(sql: Statements, key: string): Version | null {
  const version = sql.version.get(key)?.version;
  return version === undefined ? null : (String(version) as Version);
}

/** Microseconds. @throws DcsError SESSION_LOST: what is over was purged when the transaction began */
function sessionTtl(sql: Statements, id: string): number {
  const ttl = sql.session.get(id)?.ttl;
  if (typeof ttl !== 'number') throw sessionLost(id);
  return ttl;
}

function apply(sql: Statements, writes: readonly Write[]): Commit {
  const versions = new Map<string, Version>();
  if (writes.length === 0) return { versions };
  const revision = Number(sql.nextRevision.get()?.revision);
  for (const write of writes) {
    if (write.type === 'delete') {
      sql.remove.run(write.key);
      continue;
    }
    const session = write.session?.id ?? null;
    sql.put.run({ key: write.key, value: Buffer.from(write.value), version: revision, session });
    versions.set(write.key, String(revision) as Version);
  }
  return { versions };
}
