import { DcsError } from '@tenure/core';
import { Busy, type Late } from './backend.ts';
import { explain, fileIdentity, type Opened, openDatabase } from './database.ts';
import { closed, NAME } from './errors.ts';
import { type HostClock, hostClock } from './host-clock.ts';
import { prepareStatements, type Statements } from './statements.ts';

/** What work inside a write transaction sees. */
export interface Writing {
  readonly sql: Statements;
  /** Microseconds of the host clock at which sessions were judged. */
  readonly now: number;
}

interface Live extends Opened {
  readonly sql: Statements;
}

/** One process's connection to the file: opened on first use, and anew when the path names another file. */
export class Connection {
  readonly #path: string;
  readonly #host: HostClock;
  #live: Live | undefined;
  #closed = false;
  #openings = 0;
  #writes = 0;

  constructor(path: string, host: HostClock = hostClock) {
    this.#path = path;
    this.#host = host;
  }

  /** Changes whenever this very connection committed, which SQLite's `data_version` leaves out, or was opened anew. */
  get generation(): string {
    return `${this.#openings}.${this.#writes}`;
  }

  reading<T>(work: (writing: Writing) => T): T {
    try {
      return work({ sql: this.#open().sql, now: this.#host.now() });
    } catch (error) {
      throw explain(error, this.#path);
    }
  }

  /**
   * Runs `work` in one transaction that no other writer can interleave with, after purging the sessions that are over. What
   * `work` throws undoes it all.
   */
  writing<T>(late: Late, work: (writing: Writing) => T): T {
    const { db, sql } = this.#openForWriting();
    try {
      const now = this.#host.now();
      const judged = { boot: this.#host.boot, now };
      sql.purgeKeys.run(judged);
      sql.purgeSessions.run(judged);
      const first = sql.alive.get(judged)?.first;
      const result = work({ sql, now });
      // This process may have been stopped since it judged: it must not act on a session whose end others have seen, nor
      // after the caller was told that it is too late.
      if (typeof first === 'number' && this.#host.now() >= first) throw new Busy();
      if (late()) throw new Busy();
      this.#commit(db);
      return result;
    } catch (error) {
      rollBack(db);
      throw explain(error, this.#path);
    }
  }

  close(): void {
    this.#closed = true;
    this.#drop();
  }

  #commit(db: Live['db']): void {
    try {
      db.exec('COMMIT');
    } catch (error) {
      const explained = explain(error, this.#path);
      if (!(explained instanceof DcsError)) throw explained;
      // A log that could not be written to its end may still turn out whole to the next process that reads it.
      throw new DcsError(explained.code, explained.message, { store: NAME, maybeApplied: true, cause: error });
    }
    this.#writes += 1;
  }

  #openForWriting(): Live {
    try {
      const live = this.#open();
      live.db.exec('BEGIN IMMEDIATE');
      return live;
    } catch (error) {
      throw explain(error, this.#path);
    }
  }

  /**
   * Two processes that use one path but two files would be two stores with a leader each. So a file that was removed or
   * replaced is noticed before each use, and its sessions are lost with it.
   */
  #open(): Live {
    if (this.#closed) throw closed();
    if (this.#live !== undefined && fileIdentity(this.#path) !== this.#live.identity) this.#drop();
    if (this.#live === undefined) {
      const opened = openDatabase(this.#path);
      this.#live = { ...opened, sql: prepareStatements(opened.db) };
      this.#openings += 1;
    }
    return this.#live;
  }

  #drop(): void {
    const live = this.#live;
    this.#live = undefined;
    live?.db.close();
  }
}

/** SQLite has rolled back by itself after some errors, and then refuses to do it again. */
function rollBack(db: Live['db']): void {
  try {
    db.exec('ROLLBACK');
  } catch {}
}
