import type { Clock, Commit, Entry, Txn, Version, Write } from '@tenure/core';
import type { Backend, Late, Listener, Mark } from './backend.ts';
import { toEntry } from './entry.ts';
import { sessionLost } from './errors.ts';

interface Lease {
  readonly ttl: number;
  expires: number;
  readonly keys: Set<string>;
}

/** All data of a MemoryServer. What has expired is swept before every use, so no late timer can show it. */
export class MemoryData implements Backend {
  readonly pollEvery = Number.POSITIVE_INFINITY;
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();
  readonly #leases = new Map<string, Lease>();
  readonly #listeners = new Set<Listener>();
  /** What was read since the last change, by prefix: a state that was given out is never changed. */
  readonly #read = new Map<string, ReadonlyMap<string, Entry>>();
  #revision = 0;
  #opened = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  read(prefix: string): ReadonlyMap<string, Entry> {
    this.#sweep();
    const known = this.#read.get(prefix);
    if (known !== undefined) return known;
    const found = new Map<string, Entry>();
    for (const [key, entry] of this.#entries) if (key.startsWith(prefix)) found.set(key, entry);
    this.#read.set(prefix, found);
    return found;
  }

  mark(): Mark {
    const now = this.#sweep();
    let first: number | undefined;
    for (const { expires } of this.#leases.values()) first = Math.min(first ?? expires, expires);
    // There is no change that the listeners are not told of.
    return { token: '', foreign: '', expiresIn: first === undefined ? undefined : first - now };
  }

  commit(txn: Txn, _late: Late, renewing?: string): Commit | undefined {
    const now = this.#sweep();
    const renewed = renewing === undefined ? undefined : this.#lease(renewing);
    const holds = txn.guards.every(({ key, version }) => (this.#entries.get(key)?.version ?? null) === version);
    if (holds) {
      for (const write of txn.writes) if (write.type === 'put' && write.session) this.#lease(write.session.id);
    }
    if (renewed !== undefined) renewed.expires = now + renewed.ttl;
    return holds ? this.#apply(txn.writes) : undefined;
  }

  openSession(ttl: number): string {
    const now = this.#sweep();
    this.#opened += 1;
    const id = `session-${this.#opened}`;
    this.#leases.set(id, { ttl, expires: now + ttl, keys: new Set() });
    return id;
  }

  endSession(id: string): void {
    this.#sweep();
    this.#drop(id);
  }

  prolongAll(): void {
    const now = this.#sweep();
    for (const lease of this.#leases.values()) lease.expires = now + lease.ttl;
  }

  putRaw(key: string, bytes: Uint8Array): void {
    this.#sweep();
    this.#revision += 1;
    this.#set(key, toEntry(bytes, this.#revision, undefined));
    this.#wake([key]);
  }

  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  soon(callback: () => void): void {
    queueMicrotask(callback);
  }

  /** One client's close leaves the data to the others. */
  close(): void {}

  #apply(writes: readonly Write[]): Commit {
    const versions = new Map<string, Version>();
    if (writes.length === 0) return { versions };
    this.#revision += 1;
    for (const write of writes) {
      if (write.type === 'delete') {
        this.#remove(write.key);
        continue;
      }
      const entry = toEntry(Buffer.from(write.value), this.#revision, write.session?.id);
      this.#set(write.key, entry);
      versions.set(write.key, entry.version);
    }
    this.#wake(writes.map(({ key }) => key));
    return { versions };
  }

  #set(key: string, entry: Entry): void {
    this.#remove(key);
    this.#entries.set(key, entry);
    if (entry.session !== undefined) this.#leases.get(entry.session)?.keys.add(key);
  }

  #remove(key: string): void {
    const owner = this.#entries.get(key)?.session;
    if (owner !== undefined) this.#leases.get(owner)?.keys.delete(key);
    this.#entries.delete(key);
  }

  #lease(id: string): Lease {
    const lease = this.#leases.get(id);
    if (lease === undefined) throw sessionLost(id);
    return lease;
  }

  #sweep(): number {
    const now = this.#clock.now();
    for (const [id, { expires }] of this.#leases) if (now >= expires) this.#drop(id);
    return now;
  }

  #drop(id: string): void {
    const lease = this.#leases.get(id);
    if (lease === undefined) return;
    this.#leases.delete(id);
    if (lease.keys.size === 0) return;
    this.#revision += 1;
    for (const key of lease.keys) this.#entries.delete(key);
    this.#wake([...lease.keys]);
  }

  #wake(keys: readonly string[]): void {
    this.#read.clear();
    for (const listener of this.#listeners) listener({ keys, before: '', after: '' });
  }
}
