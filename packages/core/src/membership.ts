import type { Deadline } from './deadline.ts';
import { type MemberData, memberEncoding } from './documents/member.ts';
import { DcsError } from './errors.ts';
import type { Hold } from './hold.ts';
import type { Office } from './office.ts';
import type { Commit, Snapshot, Version } from './store.ts';

interface Written {
  readonly raw: string;
  readonly hold: Hold;
  readonly at: number;
}

/** This member's key: bound to the session, guarded by the version that was there, written only when it is not what it should be. */
export class Membership {
  readonly #office: Office;
  readonly #key: string;
  #wanted: string | undefined;
  #written: Written | undefined;
  /** What is known to be there; `undefined`: it must be read. */
  #version: Version | null | undefined;
  #sighted = false;

  constructor(office: Office) {
    this.#office = office;
    this.#key = office.layout.member(office.name);
  }

  /**
   * A state was seen: a key that an outsider changed or removed will be written again. A state without our version may be
   * from before we wrote it, unless it was proven later or our version was seen before.
   */
  seen(snapshot: Snapshot): void {
    const written = this.#written;
    if (written === undefined) return;
    if (snapshot.entries.get(this.#key)?.version === this.#version) this.#sighted = true;
    else if (this.#sighted || snapshot.asOf >= written.at) this.forget();
  }

  /** @throws TypeError for data that cannot be a member's */
  async announce(data: MemberData, deadline: Deadline): Promise<void> {
    this.#wanted = memberEncoding.encode(data);
    await this.restore(deadline);
  }

  /** Writes what was announced last, when it is not there any more. */
  async restore(deadline: Deadline): Promise<void> {
    for (let lost = 0; ; ) {
      await this.#office.moved;
      const raw = this.#wanted;
      if (raw === undefined) return;
      const hold = await this.#office.session.ensure(deadline);
      if (this.#written?.raw === raw && this.#written.hold === hold) return;
      try {
        await this.#put(raw, hold, deadline);
      } catch (error) {
        // Nothing was written: a dead session refuses the whole commit.
        lost += 1;
        if (!DcsError.is(error, 'SESSION_LOST') || lost > 1) throw error;
      }
    }
  }

  /** It is not known what the key holds: write it again next time. */
  forget(): void {
    this.#written = undefined;
    this.#version = undefined;
  }

  /** Deletes the key if it was announced, and is still that of this process. */
  async withdraw(deadline: Deadline): Promise<void> {
    if (this.#wanted === undefined) return;
    this.#wanted = undefined;
    this.forget();
    const { calls, session } = this.#office;
    const entry = (await calls.read(this.#key, deadline)).entries.get(this.#key);
    if (entry === undefined || !session.owns(entry.session)) return;
    const guards = [{ key: this.#key, version: entry.version }];
    await calls.commit({ guards, writes: [{ type: 'delete', key: this.#key }] }, deadline);
  }

  /** The write that moves the member to another session, if it was announced. */
  moveTo(hold: Hold) {
    const raw = this.#wanted;
    if (raw === undefined) return undefined;
    return {
      write: { type: 'put' as const, key: this.#key, value: raw, session: hold.session },
      done: (commit: Commit) => this.#wrote(raw, hold, commit),
    };
  }

  async #put(raw: string, hold: Hold, deadline: Deadline): Promise<void> {
    const before = this.#written;
    const version = this.#version === undefined ? await this.#readVersion(deadline) : this.#version;
    // While the version was read, what was wanted may have changed, or been withdrawn, or been written for another caller.
    if (this.#wanted !== raw || this.#written !== before) return;
    this.forget();
    try {
      const write = { type: 'put' as const, key: this.#key, value: raw, session: hold.session };
      const commit = await this.#office.calls.commit(
        { guards: [{ key: this.#key, version }], writes: [write] },
        deadline,
      );
      if (commit !== undefined) this.#wrote(raw, hold, commit);
    } catch (error) {
      if (DcsError.is(error, 'SESSION_LOST')) hold.lose('lost');
      throw error;
    }
  }

  async #readVersion(deadline: Deadline): Promise<Version | null> {
    const { entries } = await this.#office.calls.read(this.#key, deadline);
    return entries.get(this.#key)?.version ?? null;
  }

  #wrote(raw: string, hold: Hold, commit: Commit): void {
    this.#written = { raw, hold, at: this.#office.store.clock.now() };
    this.#version = commit.versions.get(this.#key);
    this.#sighted = false;
  }
}
