import type { Commit, Entry, Guard, Version } from '@tenure/core';

/** No version that the server gives: its own are numbers. */
const NO_VERSION = 'none' as Version;

interface Counted {
  readonly count: number;
  /** The server's own version. */
  readonly own: Version;
  /** As clients are told it. */
  readonly entry: Entry;
}

/**
 * Versions that are counted for each key from 0, as ZooKeeper's: a key that was deleted and made anew has its first one
 * again. The contract allows that, so nothing may rely on the version of a deletable key alone.
 */
export class Versions {
  readonly #keys = new Map<string, Counted>();

  /** Is told every change of every key, before any client is. */
  changed(key: string, entry: Entry | undefined): void {
    if (entry === undefined) this.#keys.delete(key);
    else {
      const count = (this.#keys.get(key)?.count ?? -1) + 1;
      this.#keys.set(key, { count, own: entry.version, entry: { ...entry, version: String(count) as Version } });
    }
  }

  /** What is there now, as clients are told it. */
  entries(own: ReadonlyMap<string, Entry>): ReadonlyMap<string, Entry> {
    const told = new Map<string, Entry>();
    for (const key of own.keys()) told.set(key, (this.#keys.get(key) as Counted).entry);
    return told;
  }

  /** The versions of what has just been committed. */
  commit(own: Commit): Commit {
    return { versions: new Map([...own.versions.keys()].map((key) => [key, this.#told(key)])) };
  }

  /** What a client's guards mean now. */
  guards(told: readonly Guard[]): Guard[] {
    return told.map(({ key, version }) => {
      if (version === null) return { key, version };
      return { key, version: version === this.#told(key) ? (this.#keys.get(key)?.own ?? NO_VERSION) : NO_VERSION };
    });
  }

  #told(key: string): Version {
    return String(this.#keys.get(key)?.count) as Version;
  }
}
