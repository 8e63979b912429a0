import { campaign } from './campaign.ts';
import { Candidacy } from './candidacy.ts';
import { Document } from './document.ts';
import { type ConfigDocument, configCodec } from './documents/config.ts';
import { type FailoverRequest, failoverCodec } from './documents/failover.ts';
import { type Failsafe, failsafeCodec } from './documents/failsafe.ts';
import { type HistoryLine, historyCodec } from './documents/history.ts';
import type { MemberData } from './documents/member.ts';
import { type Status, statusCodec } from './documents/status.ts';
import { type SyncState, syncCodec } from './documents/sync.ts';
import { DcsError } from './errors.ts';
import type { Grant } from './grant.ts';
import { InitializeDocument } from './initialize.ts';
import { assertName, Layout } from './layout.ts';
import { tellLeader } from './leader-news.ts';
import { LeaderWrites } from './leader-writes.ts';
import type { Lease } from './lease.ts';
import { Membership } from './membership.ts';
import { Office } from './office.ts';
import { SharedSession } from './shared-session.ts';
import type { Snapshot, Store } from './store.ts';
import { resolveTiming, type Timing } from './timing.ts';
import { type ClusterView, parseView } from './view.ts';
import { ViewWatch } from './watch.ts';

export interface DcsOptions {
  readonly store: Store;
  /** First part of every key. Default `service`, as Patroni's. */
  readonly namespace?: string;
  /** The cluster: all that compete for one lease share it. */
  readonly scope: string;
  /** This member. Unique within the scope. */
  readonly name: string;
  /** A group of a sharded cluster; 0 is the coordinator. */
  readonly group?: number;
  /** Milliseconds. Unspecified values are derived from `ttl`, which is 30,000 unless given, or that of the shared session. */
  readonly timing?: Partial<Timing>;
  /** A session to share with other Dcs of this process: one renewal for all, and they are lost together. */
  readonly session?: SharedSession;
  /** `close` closes the store too. */
  readonly ownStore?: boolean;
}

export interface OperationOptions {
  readonly signal?: AbortSignal;
}

/** One member's hold on one scope: its view, its documents, its own key, and the leader lease. */
export class Dcs implements AsyncDisposable {
  readonly store: Store;
  readonly layout: Layout;
  readonly name: string;
  readonly config: Document<ConfigDocument>;
  readonly sync: Document<SyncState>;
  readonly failover: Document<FailoverRequest>;
  readonly history: Document<readonly HistoryLine[]>;
  readonly status: Document<Status>;
  readonly failsafe: Document<Failsafe>;
  readonly initialize: InitializeDocument;
  readonly #office: Office;
  readonly #member: Membership;
  readonly #writes: LeaderWrites;
  readonly #ownSession: boolean;
  readonly #ownStore: boolean;
  readonly #closing = new AbortController();
  readonly #candidacy: Candidacy;
  #latest: { readonly snapshot: Snapshot; readonly view: ClusterView } | undefined;
  #watches = 0;
  /** A watch that still runs has told a state. */
  #watched = false;
  #closed: Promise<void> | undefined;

  /** @throws TypeError, RangeError naming the field, its value and what is allowed. Sends nothing. */
  constructor(options: DcsOptions) {
    const { store, name, session } = options;
    assertName(name);
    this.store = store;
    this.name = name;
    this.layout = new Layout(options);
    if (session !== undefined && session.store !== store) throw new TypeError('session: it belongs to another store');
    const timing = resolveTiming({ ...(session && { ttl: session.ttl }), ...options.timing }, store);
    if (session !== undefined && session.ttl !== timing.ttl) {
      throw new RangeError(`ttl must be that of the shared session, ${session.ttl} ms, got ${timing.ttl}`);
    }
    this.#ownSession = session === undefined;
    this.#ownStore = options.ownStore ?? false;
    this.#writes = new LeaderWrites(this.layout);
    this.#office = new Office({
      store,
      layout: this.layout,
      name,
      session: session ?? new SharedSession(store, timing.ttl, this.layout.scope),
      sharesSession: session !== undefined,
      timing,
      writes: this.#writes,
      seen: (snapshot) => this.#saw(snapshot),
      restore: (deadline) => this.#member.restore(deadline),
    });
    this.#member = new Membership(this.#office);
    this.#candidacy = new Candidacy(
      this.#office,
      this.#member,
      this.#closing.signal,
      () => (this.#watched && this.#latest?.snapshot.stale === false ? this.#latest.snapshot : undefined),
      () => {
        if (this.#latest !== undefined) this.#writes.seen(this.#latest.snapshot);
      },
    );
    this.config = new Document(this.#office, configCodec);
    this.sync = new Document(this.#office, syncCodec);
    this.failover = new Document(this.#office, failoverCodec);
    this.history = new Document(this.#office, historyCodec);
    this.status = new Document(this.#office, statusCodec);
    this.failsafe = new Document(this.#office, failsafeCodec);
    this.initialize = new InitializeDocument(this.#office);
  }

  get scope(): string {
    return this.layout.scope;
  }

  get namespace(): string {
    return this.layout.namespace;
  }

  get group(): number | undefined {
    return this.layout.group;
  }

  get timing(): Timing {
    return this.#office.timing;
  }

  /** The id of the session in use, if one is open. */
  get session(): string | undefined {
    return this.#office.session.hold?.session.id;
  }

  /** What the store granted with the session in use, if one is open: it need not be the ttl that was asked for. */
  get granted(): Grant | undefined {
    const hold = this.#office.session.hold;
    return hold && { asked: hold.ttl, ttl: hold.session.ttl, guaranteed: hold.session.guaranteed };
  }

  /** The lease that is held now. */
  get lease(): Lease | undefined {
    return this.#candidacy.lease;
  }

  /**
   * What `view` or `watch` saw last. Costs nothing; look at its `age()` and `stale` before you trust it. Several watches, a campaign's
   * among them, tell each in its own time: from one to the other it may go back.
   */
  get latest(): ClusterView | undefined {
    return this.#latest?.view;
  }

  /** The cluster now, at least as new as every commit that returned before. @throws DcsError UNAVAILABLE, DENIED, CLOSED */
  async view(options: OperationOptions = {}): Promise<ClusterView> {
    const deadline = this.#office.deadline(this.#signal(options));
    return this.#saw(await this.#office.calls.read(this.layout.viewPrefix, deadline));
  }

  /**
   * The cluster now, and again after each change. Coalesced, never going back; a view that could not be confirmed for
   * `loopWait` is yielded again with `stale: true`, and once more when it could. Survives every outage of the store.
   */
  watch(options: OperationOptions = {}): AsyncIterableIterator<ClusterView> {
    const watch = new ViewWatch(
      this.#office,
      this.#signal(options),
      (snapshot) => this.#saw(snapshot, true),
      () => {
        this.#watches -= 1;
        if (this.#watches === 0) this.#watched = false;
      },
    );
    this.#watches += 1;
    return watch;
  }

  /** The coordinator of a sharded cluster as a worker sees it; `undefined` when it cannot be read. */
  async coordinator(options: OperationOptions = {}): Promise<ClusterView | undefined> {
    const layout = this.layout.ofGroup(0);
    try {
      const snapshot = await this.#office.calls.read(layout.prefix, this.#office.deadline(this.#signal(options)));
      return parseView(layout, snapshot, this.store.clock);
    } catch (error) {
      if (DcsError.is(error)) return undefined;
      throw error;
    }
  }

  /**
   * Publishes this member, bound to the session. Writes only when the store is not known to hold just this.
   * @throws TypeError for data that JSON cannot hold; DcsError UNAVAILABLE, DENIED, LIMIT, CLOSED
   */
  async announce(data: MemberData, options: OperationOptions = {}): Promise<void> {
    await this.#member.announce(data, this.#office.deadline(this.#signal(options)));
  }

  /** Removes this member's key. */
  async withdraw(options: OperationOptions = {}): Promise<void> {
    await this.#member.withdraw(this.#office.deadline(this.#signal(options)));
  }

  /**
   * Keeps the session alive for a member that does not lead, and restores its key if it was lost. A leader calls
   * `lease.renew` instead. An office for which nobody has a lease is given back, and one whose lease ended a ttl ago and that was
   * not released: the session would keep it for nobody. @throws DcsError UNAVAILABLE, DENIED, CLOSED
   */
  async keepAlive(options: OperationOptions = {}): Promise<void> {
    const office = this.#office;
    const deadline = office.deadline(this.#signal(options));
    const known = office.session.hold;
    const hold = await office.session.ensure(deadline);
    try {
      if (hold === known) await office.session.renew(hold, undefined, deadline, office.maxAge);
    } catch (error) {
      if (!DcsError.is(error, 'SESSION_LOST')) throw error;
      await office.session.ensure(deadline);
    }
    await this.#member.restore(deadline);
    await this.#candidacy.settleDebt(this.#signal(options));
  }

  /**
   * One attempt to take office. Resolves to the lease, or to `undefined` when another member holds it. Called again while
   * the lease is held it resolves to that lease. A leader key that already names this member is taken over under a new
   * token: its writer is a crashed predecessor, or is deposed by the fence.
   * @throws DcsError NAME_IN_USE from when this Dcs was itself deposed so, for as long as it lives; UNAVAILABLE, with `maybeApplied` when the office may
   * be ours: call again to find out; DENIED, LIMIT, INVALID_DATA, CLOSED
   */
  async acquire(options: OperationOptions = {}): Promise<Lease | undefined> {
    return await this.#candidacy.acquire(this.#signal(options));
  }

  /**
   * Waits for office and resolves to the lease. Keeps this member's session and key alive meanwhile, outlives outages of
   * the store, and reacts to the watch: there is no polling. @throws what `acquire` throws, but for UNAVAILABLE
   */
  async campaign(options: OperationOptions = {}): Promise<Lease> {
    return await campaign(this, this.#signal(options));
  }

  /**
   * Changes ttl, loopWait and retryTimeout. The keys of this member move to a session with the new ttl in one commit, so
   * that nobody sees the office vacant; the lease goes on under its token. What is left out is derived from `ttl`.
   * @throws RangeError for timing that does not fit; TypeError on a shared session; DcsError LEASE_LOST, UNAVAILABLE
   */
  async retime(timing: Partial<Timing>, options: OperationOptions = {}): Promise<void> {
    if (!this.#ownSession)
      throw new TypeError('retime: the session is shared with other Dcs; open another one for them');
    const { stopBudget, drift } = this.timing;
    const base = timing.ttl === undefined ? this.timing : { stopBudget, drift };
    const next = resolveTiming({ ...base, ...timing }, this.store);
    await this.#candidacy.retime(next, this.#signal(options));
  }

  /**
   * Releases the lease, ends a session of its own and closes a store of its own, within 3 seconds a step. What the store
   * does not answer expires with the session, which others may keep alive when it is shared. Idempotent.
   */
  async close(): Promise<void> {
    this.#closed ??= this.#close();
    await this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    try {
      await this.#leave();
    } finally {
      if (this.#ownStore) await this.store.close();
    }
  }

  async #leave(): Promise<void> {
    const within = AbortSignal.timeout(CLOSE_STEP);
    const withdrawal = this.#ownSession
      ? undefined
      : this.#member.withdraw(this.#office.deadline(within)).catch(() => undefined);
    const leaving = this.#candidacy.leave(within);
    this.#closing.abort(new DcsError('CLOSED', `${this.scope}: this Dcs was closed`, { store: this.store.name }));
    await Promise.all([leaving, withdrawal]);
    // What the store does not answer expires by itself.
    if (this.#ownSession) await this.#office.session.end(CLOSE_STEP).catch(() => undefined);
  }

  /**
   * While a watch runs it alone says what is latest, from its first state on: it never goes back, and between a read's answer and
   * its news nobody can tell which is newer (`asOf` is when a state was proven, not when it began). Also while it is stale:
   * nobody would tell when the answer of a read has gone stale in its turn.
   */
  #saw(snapshot: Snapshot, watched = false): ClusterView {
    const view = parseView(this.layout, snapshot, this.store.clock);
    const before = this.#latest?.view;
    if (watched) this.#watched = true;
    if (watched || !this.#watched) this.#latest = { snapshot, view };
    tellLeader(this.store, this.layout, before, this.#latest?.view);
    this.#member.seen(snapshot);
    this.#writes.seenMembers(view.members);
    return view;
  }

  #signal({ signal }: OperationOptions): AbortSignal {
    const closing = this.#closing.signal;
    return signal === undefined ? closing : AbortSignal.any([signal, closing]);
  }
}

/** Milliseconds that each step of `close` may take. */
const CLOSE_STEP = 3000;
