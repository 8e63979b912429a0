import type { Entry, Store } from '@tenure/core';
import { MemoryServer, memory } from '@tenure/embedded';
import { SimProcess } from './process.ts';
import { Versions } from './versions.ts';
import type { World } from './world.ts';

export type Cause = 'client' | 'expiry' | 'administrator';

/** A key that has just changed; without an entry it is gone. */
export interface Change {
  readonly key: string;
  readonly entry: Entry | undefined;
  readonly by: Cause;
}

/** The server's end of one watch. */
export interface Follower {
  readonly prefix: string;
  /** The state has changed. */
  changed(): void;
}

/** A memory server that can be down, hang, and have its sessions' clocks begin anew; and that tells every change of a key. */
export class SimServer {
  readonly store: Store;
  readonly process: SimProcess;
  readonly versions = new Versions();
  readonly #memory: MemoryServer;
  readonly #followers = new Set<Follower>();
  readonly #sessions = new Map<string, { readonly ttl: number; readonly cancel: () => void }>();
  readonly #owners = new Map<string, string>();
  readonly #changed: (change: Change) => void;
  #by: Cause = 'expiry';
  #down = 0;
  /** Counts the changes. */
  revision = 0;

  constructor(world: World, rate: number, changed: (change: Change) => void) {
    this.process = new SimProcess(world, 'server', rate, 0);
    this.#memory = new MemoryServer({ clock: this.process });
    this.store = memory({ server: this.#memory });
    this.#changed = changed;
    this.#memory.subscribe((keys) => this.#tell(keys));
  }

  get down(): boolean {
    return this.#down > 0;
  }

  read(prefix: string): ReadonlyMap<string, Entry> {
    return this.versions.entries(this.#memory.read(prefix));
  }

  /** What a client asks for, done at once. */
  serve<T>(work: (store: Store) => Promise<T>): Promise<T> {
    return this.#as('client', () => work(this.store));
  }

  follow(follower: Follower): void {
    this.#followers.add(follower);
  }

  leave(follower: Follower): void {
    this.#followers.delete(follower);
  }

  /** The name of the process that opened it. */
  ownerOf(session: string | undefined): string | undefined {
    return session === undefined ? undefined : this.#owners.get(session);
  }

  opened(session: string, ttl: number, owner: string): void {
    this.#owners.set(session, owner);
    this.expects(session, ttl);
  }

  /** It was opened or renewed now: its keys go when it expires, not when somebody looks next. */
  expects(session: string, ttl: number): void {
    this.#sessions.get(session)?.cancel();
    const cancel = this.process.timer(ttl, () => {
      this.#sessions.delete(session);
      this.#memory.read('');
    });
    this.#sessions.set(session, { ttl, cancel });
  }

  /** Clients find nobody, until the returned function is called: then the state is what it was, and the sessions begin anew. */
  fall(): () => void {
    this.#down += 1;
    return () => {
      this.#down -= 1;
      this.#as('expiry', () => this.#memory.prolongAll());
      for (const [session, { ttl }] of this.#sessions) this.expects(session, ttl);
    };
  }

  expire(session: string): void {
    this.#as('administrator', () => this.#memory.expire(session));
  }

  put(key: string, value: string): void {
    this.#as('administrator', () => this.#memory.putRaw(key, Buffer.from(value)));
  }

  async delete(key: string): Promise<void> {
    await this.#as('administrator', () => this.store.commit({ guards: [], writes: [{ type: 'delete', key }] }));
  }

  #as<T>(by: Cause, work: () => T): T {
    this.#memory.read('');
    this.#by = by;
    try {
      return work();
    } finally {
      this.#by = 'expiry';
    }
  }

  #tell(keys: Iterable<string>): void {
    this.revision += 1;
    const now = this.#memory.read('');
    for (const key of keys) this.versions.changed(key, now.get(key));
    for (const key of keys) this.#changed({ key, entry: now.get(key), by: this.#by });
    for (const follower of this.#followers) {
      for (const key of keys) {
        if (!key.startsWith(follower.prefix)) continue;
        follower.changed();
        break;
      }
    }
  }
}
