import { DcsError } from '@tenure/core';
import { Busy, type Change, type Late, type Mark } from './backend.ts';
import { explain, fileIdentity, type Opened, openDatabase } from './database.ts';
import { closed, NAME } from './errors.ts';
import { type HostClock, hostClock } from './host-clock.ts';
import { prepareStatements, type Statements } from './statements.ts';

/** What work on the file sees. */
export interface Reading {
  readonly sql: Statements;
  /** Microseconds of the host clock at which sessions are judged. */
  readonly now: number;
}

/** What work inside a write transaction sees. */
export interface Writing extends Reading {
  /** To be told of every key that is put or removed. */
  readonly touched: Set<string>;
  /** The revision of this transaction, which is that of the file when a key changes, and only then. */
  revision(): number;
}

/** A row of the statement `state`. */
interface State {
  readonly revision: number;
  /** Sessions that have ended by themselves and are not purged: their keys are invisible. */
  readonly over: number;
  /** Sessions to purge. */
  readonly gone: number;
  readonly first: number | null;
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

  constructor(path: string, host: HostClock = hostClock) {
    this.#path = path;
    this.#host = host;
  }

  /** A connection that was opened anew counts anew. */
  mark(): Mark {
    return this.reading(({ sql, now }) => {
      const version = sql.dataVersion.get()?.data_version;
      const state = this.#state(sql, now);
      return {
        token: this.#token(state.revision, state.over),
        foreign: `${this.#openings}.${version}`,
        expiresIn: state.first === null ? undefined : (state.first - now) / 1000,
      };
    });
  }

  reading<T>(work: (reading: Reading) => T): T {
    try {
      return work({ sql: this.#open().sql, now: this.#host.now() });
    } catch (error) {
      throw explain(error, this.#path);
    }
  }

  /**
   * Runs `work` in one transaction that no other writer can interleave with, after purging the sessions that are over. What
   * `work` throws undoes it all. Whoever changes a key counts the revision on: it is how other processes learn of it.
   */
  writing<T>(late: Late, work: (writing: Writing) => T): { readonly result: T; readonly change: Change } {
    const { db, sql } = this.#openForWriting();
    try {
      const now = this.#host.now();
      const state = this.#state(sql, now);
      const touched = new Set<string>();
      if (state.gone > 0) this.#purge(sql, now, touched);
      let counted: number | undefined;
      const revision = () => {
        counted ??= Number(sql.nextRevision.get()?.revision);
        return counted;
      };
      const result = work({ sql, now, touched, revision });
      if (touched.size > 0) revision();
      // This process may have been stopped since it judged: it must not act on a session whose end others have seen, nor
      // after the caller was told that it is too late.
      if (state.first !== null && this.#host.now() >= state.first) throw new Busy();
      if (late()) throw new Busy();
      this.#commit(db);
      const before = this.#token(state.revision, state.over);
      return { result, change: { keys: touched, before, after: this.#token(counted ?? state.revision, 0) } };
    } catch (error) {
      rollBack(db);
      throw explain(error, this.#path);
    }
  }

  close(): void {
    this.#closed = true;
    this.#drop();
  }

  /**
   * The visible keys follow from the rows of `keys`, whose every change counts the revision on, and from which sessions have ended
   * by themselves: until they are purged those can only become more.
   */
  #token(revision: number, over: number): string {
    return `${this.#openings}.${revision}.${over}`;
  }

  #state(sql: Statements, now: number): State {
    return sql.state.get({ boot: this.#host.boot, now }) as unknown as State;
  }

  #purge(sql: Statements, now: number, touched: Set<string>): void {
    const judged = { boot: this.#host.boot, now };
    for (const { key } of sql.purgeKeys.all(judged)) touched.add(String(key));
    sql.purgeSessions.run(judged);
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
