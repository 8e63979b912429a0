import { randomUUID } from 'node:crypto';
import { utimesSync } from 'node:fs';
import type { Clock, Commit, Entry, Txn, Version, Write } from '@tenure/core';
import type { Backend, Late, Listener, Mark } from './backend.ts';
import { Connection, type Writing } from './connection.ts';
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
  #listener: Listener | undefined;

  constructor(path: string, clock: Clock) {
    this.#path = path;
    this.#connection = new Connection(path);
    this.#directory = new DirectoryWatch(path, clock, () => this.#listener?.());
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
    return this.#connection.mark();
  }

  commit(txn: Txn, late: Late, renewing?: string): Commit | undefined {
    return this.#write(late, (writing) => {
      const { sql, now } = writing;
      const ttl = renewing === undefined ? undefined : sessionTtl(sql, renewing);
      const holds = txn.guards.every(({ key, version }) => versionOf(sql, key) === version);
      if (holds) {
        for (const write of txn.writes) if (write.type === 'put' && write.session) sessionTtl(sql, write.session.id);
      }
      if (renewing !== undefined && ttl !== undefined) sql.renew.run({ id: renewing, expires: now + 1 + ttl });
      return holds ? apply(writing, txn.writes) : undefined;
    });
  }

  openSession(ttl: number, late: Late): string {
    return this.#write(late, ({ sql, now }) => {
      const id = randomUUID();
      const micros = Math.ceil(ttl * 1000);
      // Rounded up here and down where it is compared: never early.
      sql.open.run({ id, boot: hostClock.boot, ttl: micros, expires: now + 1 + micros });
      return id;
    });
  }

  endSession(id: string, late: Late): void {
    this.#write(late, ({ sql, touched }) => {
      for (const { key } of sql.endKeys.all(id)) touched.add(String(key));
      sql.endSession.run(id);
    });
  }

  subscribe(listener: Listener): () => void {
    this.#listener = listener;
    this.#directory.start();
    return () => {
      this.#listener = undefined;
      this.#directory.stop();
    };
  }

  /** After the turn: whoever commits is answered before the watches of its process are. */
  soon(callback: () => void): void {
    setImmediate(callback);
  }

  close(): void {
    this.#directory.stop();
    this.#connection.close();
  }

  #write<T>(late: Late, work: (writing: Writing) => T): T {
    const { result, change } = this.#connection.writing(late, work);
    if (change.before !== change.after) {
      this.#announce();
      this.#listener?.(change);
    }
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
}

interface KeyRow {
  readonly key: string;
  readonly value: Uint8Array;
  readonly version: number;
  readonly session: string | null;
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

function apply({ sql, touched, revision }: Writing, writes: readonly Write[]): Commit {
  const versions = new Map<string, Version>();
  if (writes.length === 0) return { versions };
  const counted = revision();
  for (const write of writes) {
    touched.add(write.key);
    if (write.type === 'delete') {
      sql.remove.run(write.key);
      continue;
    }
    const session = write.session?.id ?? null;
    sql.put.run({ key: write.key, value: Buffer.from(write.value), version: counted, session });
    versions.set(write.key, String(counted) as Version);
  }
  return { versions };
}
