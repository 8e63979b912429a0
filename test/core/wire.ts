import {
  type CallOptions,
  type Commit,
  DcsError,
  type Session,
  type Snapshot,
  type Store,
  type Txn,
  type WatchOptions,
  type Write,
} from '@tenure/core';

export type Step = 'open' | 'read' | 'commit' | 'renew' | 'end';

/** What becomes of one message. `send` passes it on and resolves to the answer. */
export type Fate = <T>(send: () => Promise<T>) => Promise<T>;

interface Rule {
  readonly step: Step;
  /** Part of a key or a value that the message carries; every message carries ''. */
  readonly about: string;
  readonly fate: Fate;
  readonly once: boolean;
  readonly met: () => void;
}

/** The server gets the message only then. */
export function delayed(until: Promise<void>): Fate {
  return async (send) => {
    await until;
    return await send();
  };
}

/** The server does it at once, and its answer arrives only then. */
export function answeredLate(until: Promise<void>): Fate {
  return async (send) => {
    const answer = await send();
    await until;
    return answer;
  };
}

/** Nothing arrives, and nothing is heard until the caller's patience ends. */
export const muted: Fate = () => new Promise(() => undefined);

/** No connection: the server surely never gets it. */
export const unreachable: Fate = async () => {
  throw new DcsError('UNAVAILABLE', 'no connection');
};

/** The connection breaks after the message has left; the server gets it when the returned `land` is called. */
export function overtaken(): { readonly fate: Fate; readonly land: () => Promise<unknown> } {
  let deliver: () => Promise<unknown> = async () => undefined;
  const fate: Fate = async (send) => {
    deliver = send;
    throw new DcsError('UNAVAILABLE', 'the connection broke', { maybeApplied: true });
  };
  return { fate, land: () => deliver() };
}

/**
 * The way to a store: passes every message on, but for those whose fate a test has decided. Whatever their fate, the caller
 * hears by the timeout, and at once on abort.
 */
export class Wire implements Store {
  readonly #store: Store;
  readonly #rules = new Set<Rule>();
  readonly sent: Record<Step, number> = { open: 0, read: 0, commit: 0, renew: 0, end: 0 };
  closed = false;

  constructor(store: Store) {
    this.#store = store;
  }

  get name() {
    return this.#store.name;
  }

  get limits() {
    return this.#store.limits;
  }

  get clock() {
    return this.#store.clock;
  }

  guaranteed(ttl: number): number {
    return this.#store.guaranteed(ttl);
  }

  /** Decides on the next message of a kind; resolves when it is on its way. */
  next(step: Step, fate: Fate, about = ''): Promise<void> {
    return new Promise((met) => this.#rules.add({ step, about, fate, once: true, met }));
  }

  /** Decides on every message of a kind until the returned function is called. */
  every(step: Step, fate: Fate, about = ''): () => void {
    const rule: Rule = { step, about, fate, once: false, met: () => undefined };
    this.#rules.add(rule);
    return () => this.#rules.delete(rule);
  }

  async read(prefix: string, options: CallOptions = {}): Promise<Snapshot> {
    return await this.carry('read', prefix, options, () => this.#store.read(prefix, options));
  }

  async commit(txn: Txn, options: CallOptions = {}): Promise<Commit | undefined> {
    return await this.carry('commit', text(txn), options, () => this.#store.commit(bare(txn), options));
  }

  watch(prefix: string, options?: WatchOptions): AsyncIterable<Snapshot> {
    return this.#store.watch(prefix, options);
  }

  async openSession(ttl: number, options: CallOptions = {}): Promise<Session> {
    const session = await this.carry('open', '', options, () => this.#store.openSession(ttl, options));
    return new WireSession(this, session);
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.#store.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async carry<T>(step: Step, message: string, options: CallOptions, send: () => Promise<T>): Promise<T> {
    options.signal?.throwIfAborted();
    this.sent[step] += 1;
    const rule = [...this.#rules].find(({ step: of, about }) => of === step && message.includes(about));
    if (rule === undefined) return await send();
    if (rule.once) this.#rules.delete(rule);
    rule.met();
    const answered = new AbortController();
    const patience = this.#patience(step, options, answered.signal);
    try {
      return await Promise.race([rule.fate(send), patience]);
    } finally {
      answered.abort();
    }
  }

  /** Rejects when the caller need not wait any longer. */
  async #patience(step: Step, { signal, timeout = 10_000 }: CallOptions, answered: AbortSignal): Promise<never> {
    const until = signal === undefined ? answered : AbortSignal.any([signal, answered]);
    await this.clock.sleep(timeout, until);
    throw new DcsError('UNAVAILABLE', `no answer in ${timeout} ms`, { maybeApplied: step !== 'read' });
  }
}

class WireSession implements Session {
  readonly #wire: Wire;
  readonly session: Session;
  readonly id: string;
  readonly ttl: number;
  readonly guaranteed: number;

  constructor(wire: Wire, session: Session) {
    this.#wire = wire;
    this.session = session;
    this.id = session.id;
    this.ttl = session.ttl;
    this.guaranteed = session.guaranteed;
  }

  async renew(txn?: Txn, options: CallOptions = {}): Promise<Commit | undefined> {
    const message = txn === undefined ? '' : text(txn);
    return await this.#wire.carry('renew', message, options, () => this.session.renew(txn && bare(txn), options));
  }

  async end(options: CallOptions = {}): Promise<void> {
    await this.#wire.carry('end', '', options, () => this.session.end(options));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }
}

function text({ guards, writes }: Txn): string {
  const written = writes.map((write) => (write.type === 'put' ? `${write.key} ${write.value}` : write.key));
  return [...guards.map(({ key }) => key), ...written].join('\n');
}

/** The store knows its own sessions only. */
function bare({ guards, writes }: Txn): Txn {
  const own = (write: Write): Write =>
    write.type === 'put' && write.session instanceof WireSession ? { ...write, session: write.session.session } : write;
  return { guards, writes: writes.map(own) };
}
