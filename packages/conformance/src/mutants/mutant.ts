import {
  assertTtl,
  assertTxn,
  type CallOptions,
  type Commit,
  type Session,
  type Snapshot,
  type Store,
  type Txn,
  type WatchOptions,
} from '@tenure/core';
import type { Faults, Harness } from '../harness.ts';

/** What a defect does instead of the sound store. What it leaves out stays sound. */
export interface Defect {
  read?(sound: Store, prefix: string, options: CallOptions): Promise<Snapshot>;
  commit?(sound: Store, txn: Txn, options: CallOptions): Promise<Commit | undefined>;
  /** What the store says that a session of this ttl will guarantee. */
  guaranteed?(sound: Store, ttl: number): number;
  watch?(sound: Store, prefix: string, options: WatchOptions): AsyncIterable<Snapshot>;
  openSession?(sound: Store, ttl: number, options: CallOptions): Promise<Session>;
  /** The ttl that a session says it has and guarantees. */
  promised?(sound: Session): number;
  renew?(sound: Session, txn: Txn | undefined, options: CallOptions, store: Store): Promise<Commit | undefined>;
  end?(sound: Session, options: CallOptions, store: Store): Promise<void>;
  close?(sound: Store): Promise<void>;
}

/** One deliberate defect: the suite is worth what it finds of these. */
export interface Mutant {
  readonly name: string;
  /** A fresh defect for each client; `shared` is one object for all clients of a server. */
  readonly make: (shared: Shared) => Defect;
}

/** What the clients of one mutated server remember together. */
export class Shared {
  readonly sessions = new Map<string, Session>();
  readonly notes = new Map<string, string>();
}

const soundStore = new WeakMap<Store, Store>();
const soundSession = new WeakMap<Session, Session>();

/** The harness with this defect in every client. */
export function mutate(harness: Harness, mutant: Mutant): Harness {
  const shared = new Shared();
  const connect = async () => {
    const sound = await harness.connect();
    const store = new MutantStore(sound, mutant.make(shared), shared);
    soundStore.set(store, sound);
    return store;
  };
  const faults = harness.faults && soundFaults(harness.faults);
  return { ...harness, name: `${harness.name}, which ${mutant.name}`, connect, ...(faults && { faults }) };
}

class MutantStore implements Store {
  readonly name;
  readonly limits;
  readonly clock;
  readonly #sound: Store;
  readonly #defect: Defect;
  readonly #shared: Shared;

  constructor(sound: Store, defect: Defect, shared: Shared) {
    this.name = sound.name;
    this.limits = sound.limits;
    this.clock = sound.clock;
    this.#sound = sound;
    this.#defect = defect;
    this.#shared = shared;
  }

  async read(prefix: string, options: CallOptions = {}): Promise<Snapshot> {
    return await (this.#defect.read?.(this.#sound, prefix, options) ?? this.#sound.read(prefix, options));
  }

  async commit(txn: Txn, options: CallOptions = {}): Promise<Commit | undefined> {
    assertTxn(txn, this.limits);
    const sound = plain(txn);
    return await (this.#defect.commit?.(this.#sound, sound, options) ?? this.#sound.commit(sound, options));
  }

  guaranteed(ttl: number): number {
    return this.#defect.guaranteed?.(this.#sound, ttl) ?? this.#sound.guaranteed(ttl);
  }

  watch(prefix: string, options: WatchOptions = {}): AsyncIterable<Snapshot> {
    return this.#defect.watch?.(this.#sound, prefix, options) ?? this.#sound.watch(prefix, options);
  }

  async openSession(ttl: number, options: CallOptions = {}): Promise<Session> {
    assertTtl(ttl, this.limits, this.name);
    const opened = this.#defect.openSession?.(this.#sound, ttl, options) ?? this.#sound.openSession(ttl, options);
    const sound = await opened;
    this.#shared.sessions.set(sound.id, sound);
    const { promised, renew, end } = this.#defect;
    const ending = async (how: CallOptions = {}) => {
      await (end?.(sound, how, this.#sound) ?? sound.end(how));
    };
    const session: Session = {
      id: sound.id,
      ttl: promised?.(sound) ?? sound.ttl,
      guaranteed: promised?.(sound) ?? sound.guaranteed,
      renew: async (txn, how = {}) => {
        if (txn !== undefined) assertTxn(txn, this.limits);
        const wanted = txn && plain(txn);
        return await (renew?.(sound, wanted, how, this.#sound) ?? sound.renew(wanted, how));
      },
      end: ending,
      [Symbol.asyncDispose]: () => ending(),
    };
    soundSession.set(session, sound);
    return session;
  }

  async close(): Promise<void> {
    await (this.#defect.close?.(this.#sound) ?? this.#sound.close());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function plain(txn: Txn): Txn {
  const writes = txn.writes.map((write) => {
    if (write.type !== 'put' || write.session === undefined) return write;
    return { ...write, session: soundSession.get(write.session) ?? write.session };
  });
  return { ...txn, writes };
}

/** The same faults, told of the mutated store or session, inflicted on the sound one. */
function soundFaults(faults: Faults): Faults {
  const passed = Object.entries(faults).map(([name, inflict]) => {
    const through = (target: Store | Session | undefined, ...rest: unknown[]) =>
      (inflict as (...args: unknown[]) => unknown)(sound(target), ...rest);
    return [name, through];
  });
  return Object.fromEntries(passed);
}

function sound(target: Store | Session | undefined): unknown {
  return soundStore.get(target as Store) ?? soundSession.get(target as Session) ?? target;
}
