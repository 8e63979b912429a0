import { Attempt } from './attempt.ts';
import type { Deadline } from './deadline.ts';
import { bid } from './election.ts';
import { DcsError } from './errors.ts';
import { Lease, type Term } from './lease.ts';
import type { Membership } from './membership.ts';
import type { Office } from './office.ts';
import { giveBack, type OpenBid } from './open-bid.ts';
import { retime } from './retime.ts';
import type { Timing } from './timing.ts';

/** This member's way into office and out of it: attempts and changes of timing, one at a time. */
export class Candidacy {
  readonly #office: Office;
  readonly #member: Membership;
  readonly #closing: AbortSignal;
  readonly #bid: (deadline: Deadline, open: (bid: OpenBid) => void) => Promise<Term | undefined>;
  readonly #won: () => void;
  #lease: Lease | undefined;
  #attempt: Attempt | undefined;
  /** An attempt without an outcome, which may have won an office after all: its caller may never ask. */
  #open: OpenBid | undefined;
  #turn: Promise<void> = Promise.resolve();

  /** `won` is called when a term begins, before its lease is known to anyone. */
  constructor(
    office: Office,
    member: Membership,
    closing: AbortSignal,
    warm: () => Parameters<typeof bid>[1],
    won: () => void,
  ) {
    this.#office = office;
    this.#member = member;
    this.#closing = closing;
    this.#bid = (deadline, open) => bid(office, warm(), this.#lease?.token ?? 0, deadline, open);
    this.#won = won;
  }

  /** The lease that is held now. */
  get lease(): Lease | undefined {
    return this.#lease?.held ? this.#lease : undefined;
  }

  async acquire(signal: AbortSignal): Promise<Lease | undefined> {
    signal.throwIfAborted();
    while (this.#attempt?.abandoned) await this.#office.deadline(signal).abortable(this.#attempt.settled());
    if (this.#lease?.held) return this.#lease;
    if (this.#office.twin !== undefined) throw this.#office.twin;
    this.#attempt ??= new Attempt((abandoned) =>
      this.#alone(() => this.#take(abandoned)).finally(() => {
        this.#attempt = undefined;
      }),
    );
    return await this.#attempt.join(signal);
  }

  async retime(timing: Timing, signal: AbortSignal): Promise<void> {
    await this.#alone(async () => {
      await retime(this.#office, this.#member, this.#lease, timing, this.#office.deadline(signal));
    });
  }

  /** Repeats a release that the store did not answer, and gives back what was won for nobody, or what its holder let run out and left. */
  async settleDebt(signal: AbortSignal): Promise<void> {
    if (this.#lease?.owed || this.#lease?.forgotten) await this.#lease.release({ signal });
    if (this.#open !== undefined) await this.#alone(() => this.#giveBack(signal));
  }

  /** Leaves office, and every attempt to get into it. Never rejects for an outage. */
  async leave(within: AbortSignal): Promise<void> {
    this.#attempt?.abandon();
    const deadline = this.#office.deadline(within);
    await deadline.abortable(this.#turn).catch(() => undefined);
    await this.#lease?.release({ signal: within }).catch((error: unknown) => {
      if (!DcsError.is(error) && error !== within.reason) throw error;
    });
  }

  async #take(abandoned: AbortSignal): Promise<Lease | undefined> {
    const deadline = this.#office.deadline(AbortSignal.any([abandoned, this.#closing]));
    let open: OpenBid | undefined;
    const opened = (bid: OpenBid) => {
      open = bid;
    };
    const term = await this.#bid(deadline, opened).catch((error: unknown) => {
      this.#open = open ?? this.#open;
      throw error;
    });
    if (term === undefined) return undefined;
    const lease = this.#begin(term);
    // Of an office that is known too late to be held its caller has no lease. What the store does not answer is owed.
    if (!lease.held) lease.release().catch(() => undefined);
    lease.assertHeld();
    return lease;
  }

  #begin(term: Term): Lease {
    this.#open = undefined;
    this.#lease?.lost('it was followed by a new term');
    this.#won();
    this.#lease = new Lease(this.#office, term);
    return this.#lease;
  }

  async #giveBack(signal: AbortSignal): Promise<void> {
    const open = this.#open;
    if (open !== undefined && (await giveBack(this.#office, open, this.#office.deadline(signal))))
      this.#open = undefined;
  }

  async #alone<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#turn;
    const done = Promise.withResolvers<void>();
    this.#turn = done.promise;
    await before;
    try {
      return await work();
    } finally {
      done.resolve();
    }
  }
}
