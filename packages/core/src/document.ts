import type { Codec, Versioned } from './codec.ts';
import type { Deadline } from './deadline.ts';
import { DcsError, type DcsErrorCode } from './errors.ts';
import type { Lease } from './lease.ts';
import type { Office } from './office.ts';
import type { Commit, Guard, Version, Write } from './store.ts';

export interface ReadOptions {
  readonly signal?: AbortSignal;
}

export interface WriteOptions {
  /** The version that must be current; `null`: the document must be absent; left out: whatever is there is replaced. */
  readonly version?: Version | null;
  /** The write lands only while this lease's term lasts. Every write of a leader should carry it. */
  readonly fence?: Lease;
  readonly signal?: AbortSignal;
}

export type UpdateOptions = Pick<WriteOptions, 'fence' | 'signal'>;

/** One document of a scope: read as it stands, written under guards. Patroni's bytes both ways. */
export class Document<T> {
  readonly #office: Office;
  readonly #codec: Codec<T>;
  readonly #key: string;

  /** Dcs makes documents. */
  constructor(office: Office, codec: Codec<T>) {
    this.#office = office;
    this.#codec = codec;
    this.#key = office.layout.key(codec.key);
  }

  /** The document now. What cannot be understood is told in `problem`, never thrown. @throws DcsError UNAVAILABLE, DENIED */
  async read(options: ReadOptions = {}): Promise<Versioned<T>> {
    return await this.#read(this.#office.deadline(options.signal));
  }

  /**
   * Writes the document. Resolves to its new version, or to `undefined` when `version` was not current: nothing was written.
   * @throws TypeError for a value that the document cannot hold; DcsError LEASE_LOST when the fence did not hold;
   * UNAVAILABLE with `maybeApplied` when the outcome is unknown: read before anything else
   */
  async write(value: T, options: WriteOptions = {}): Promise<Version | undefined> {
    return await this.#put(value, options, this.#office.deadline(options.signal));
  }

  /**
   * Reads, changes and writes under guard until nobody came between, for `retryTimeout` at most. `change` may be called
   * more than once; when it returns `undefined` nothing is written. Resolves to what the document then holds.
   * @throws DcsError CONFLICT when others kept coming between; INVALID_DATA when what is stored cannot be understood: it is
   * not overwritten; and what `write` throws
   */
  async update(change: (current: T | undefined) => T | undefined, options: UpdateOptions = {}): Promise<T | undefined> {
    const deadline = this.#office.deadline(options.signal);
    for (let refused = false; ; refused = true) {
      try {
        const { value, version, problem } = await this.#read(deadline);
        if (value === undefined && problem !== undefined) throw this.#error('INVALID_DATA', problem);
        const next = change(value);
        if (next === undefined) return value;
        if ((await this.#put(next, { ...options, version }, deadline)) !== undefined) return next;
      } catch (error) {
        // A store ends its requests a little before their timeout.
        const late = deadline.remaining <= this.#office.timing.retryTimeout / 10;
        const spent = DcsError.is(error, 'UNAVAILABLE') && !error.maybeApplied && late;
        if (!refused || !spent) throw error;
        throw this.#error('CONFLICT', `it kept changing for ${this.#office.timing.retryTimeout} ms`);
      }
    }
  }

  /**
   * Empties the document. It is not deleted, so that no later write mistakes a recreated key for the one it read; only
   * `initialize` is, because its empty value has a meaning. Resolves to false when `version` was not current.
   */
  async clear(options: WriteOptions = {}): Promise<boolean> {
    const { empty } = this.#codec;
    const write: Write =
      empty === undefined ? { type: 'delete', key: this.#key } : { type: 'put', key: this.#key, value: empty };
    return (await this.#commit(write, options, this.#office.deadline(options.signal))) !== undefined;
  }

  async #put(value: T, options: WriteOptions, deadline: Deadline): Promise<Version | undefined> {
    const write: Write = { type: 'put', key: this.#key, value: this.#codec.encode(value) };
    return (await this.#commit(write, options, deadline))?.versions.get(this.#key);
  }

  async #commit(write: Write, options: WriteOptions, deadline: Deadline): Promise<Commit | undefined> {
    const { version, fence } = options;
    const own: Guard[] = version === undefined ? [] : [{ key: this.#key, version }];
    const send = (guards: readonly Guard[]) =>
      this.#office.calls.commit({ guards: [...own, ...guards], writes: [write] }, deadline);
    if (fence === undefined) return await send([]);
    const commit = await fence.fenced(send);
    // Was it the fence, or the version? Only a broken fence is an error.
    if (commit === undefined) await fence.verifyWithin(deadline);
    return commit;
  }

  #error(code: DcsErrorCode, why: string): DcsError {
    return new DcsError(code, `${this.#key}: ${why}`, { store: this.#office.store.name });
  }

  async #read(deadline: Deadline): Promise<Versioned<T>> {
    const entry = (await this.#office.calls.read(this.#key, deadline)).entries.get(this.#key);
    if (entry === undefined) return { value: undefined, version: null };
    if (entry.malformed) return { value: undefined, version: entry.version, problem: 'its bytes are not UTF-8' };
    return { ...this.#codec.decode(entry.value), version: entry.version };
  }
}
