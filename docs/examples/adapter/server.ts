import { randomUUID } from 'node:crypto';

/** A key as the server keeps it. */
export interface Item {
  readonly bytes: Uint8Array;
  readonly revision: number;
  readonly session?: string;
}

/** What is sent for a commit. A revision of `null` says that the key must be absent. */
export interface Request {
  readonly guards: readonly { readonly key: string; readonly revision: string | null }[];
  readonly puts: readonly { readonly key: string; readonly bytes: Uint8Array; readonly session?: string }[];
  readonly deletes: readonly string[];
}

/**
 * The server of this example: what a real one does across a network, in a few lines of memory. It counts a revision for each commit that
 * writes, never twice the same, and ends a session `ttl` milliseconds after its last renewal arrived.
 */
export class ShelfServer {
  readonly #items = new Map<string, Item>();
  readonly #sessions = new Map<string, { readonly ttl: number; timer: NodeJS.Timeout }>();
  readonly #watchers = new Set<() => void>();
  #revision = 0;

  list(prefix: string): [string, Item][] {
    return [...this.#items].filter(([key]) => key.startsWith(prefix));
  }

  /** `gone`: a session of a put is no more, and nothing was done. `refused`: a guard did not hold. */
  commit({ guards, puts, deletes }: Request): 'gone' | 'refused' | number {
    if (puts.some(({ session }) => session !== undefined && !this.#sessions.has(session))) return 'gone';
    for (const { key, revision } of guards) {
      if ((this.#items.get(key)?.revision.toString() ?? null) !== revision) return 'refused';
    }
    if (puts.length + deletes.length === 0) return this.#revision;
    this.#revision += 1;
    for (const { key, bytes, session } of puts) {
      this.#items.set(key, { bytes, revision: this.#revision, ...(session === undefined ? {} : { session }) });
    }
    for (const key of deletes) this.#items.delete(key);
    this.#tell();
    return this.#revision;
  }

  open(ttl: number): string {
    const id = randomUUID();
    this.#sessions.set(id, { ttl, timer: this.#fuse(id, ttl) });
    return id;
  }

  /** Whether there is such a session, which then lasts for its ttl again. */
  renew(id: string): boolean {
    const session = this.#sessions.get(id);
    if (session === undefined) return false;
    clearTimeout(session.timer);
    session.timer = this.#fuse(id, session.ttl);
    return true;
  }

  /** Its keys go at once. */
  end(id: string): void {
    clearTimeout(this.#sessions.get(id)?.timer);
    if (!this.#sessions.delete(id)) return;
    const owned = [...this.#items].filter(([, { session }]) => session === id);
    for (const [key] of owned) this.#items.delete(key);
    if (owned.length > 0) this.#tell();
  }

  /** Calls back after each change, until the returned function is called. */
  watch(changed: () => void): () => void {
    this.#watchers.add(changed);
    return () => this.#watchers.delete(changed);
  }

  /** Never early: Node's timers drop fractions of a millisecond. */
  #fuse(id: string, ttl: number): NodeJS.Timeout {
    return setTimeout(() => this.end(id), Math.ceil(ttl) + 1).unref();
  }

  #tell(): void {
    for (const changed of this.#watchers) changed();
  }
}
