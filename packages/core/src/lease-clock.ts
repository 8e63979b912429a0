import { clusterOf, type LeaseEvent, publishLease } from './diagnostics.ts';
import { DcsError } from './errors.ts';
import type { Hold } from './hold.ts';
import type { Office } from './office.ts';
import { validity } from './validity.ts';

/** For how long the holder of one term may act. It runs out once and for good. */
export class LeaseClock {
  readonly #office: Office;
  readonly #token: number;
  readonly #controller = new AbortController();
  #hold: Hold;
  /** The session to which the leader key is being moved: it may be bound to it already. */
  #next: Hold | undefined;
  #provenAt: number;
  #ended: DcsError | undefined;
  #endedAt = Number.POSITIVE_INFINITY;
  #cancelTimer: () => void = () => undefined;
  #unlisten: () => void = () => undefined;

  constructor(office: Office, token: number, hold: Hold) {
    this.#office = office;
    this.#token = token;
    this.#hold = hold;
    this.#provenAt = hold.renewedAt;
    this.#listen();
    this.#arm();
    this.#tell('acquired');
  }

  get hold(): Hold {
    return this.#hold;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get deadline(): number {
    const end = this.#provenAt + validity(this.#hold.session.guaranteed, this.#office.timing);
    if (this.#next === undefined) return end;
    return Math.min(end, this.#next.renewedAt + validity(this.#next.session.guaranteed, this.#office.timing));
  }

  /** Milliseconds; 0 when it has ended or run out. Reads the clocks. */
  get remaining(): number {
    if (this.#ended !== undefined || this.#hold.lost) return 0;
    return Math.max(0, this.deadline - this.#office.store.clock.now());
  }

  /** What is seen to have run out ends there and then, so that no later timing revives it. */
  get held(): boolean {
    if (this.remaining > 0) return true;
    this.end('it was not renewed in time', 'lost');
    return false;
  }

  /** Milliseconds since it was seen to have ended; negative while it is held. */
  get over(): number {
    return this.#office.store.clock.now() - this.#endedAt;
  }

  /** @throws DcsError LEASE_LOST */
  assertHeld(): void {
    if (!this.held) throw this.end('it was not renewed in time', 'lost');
  }

  /** The store confirmed the term: validity counts from when the session's last renewal was sent. @throws LEASE_LOST */
  prove(): void {
    this.assertHeld();
    this.#provenAt = this.#hold.renewedAt;
    this.#arm();
    this.#tell('renewed');
  }

  /** While the key may be bound to either session, the lease lasts no longer than both do. `undefined`: it was not moved. */
  move(next: Hold | undefined): void {
    if (next === this.#next) return;
    this.#next = next;
    if (this.held) this.#moved();
  }

  /**
   * Goes on under a new timing, which `apply` puts in force, and on the session to which the term was moved, if it was. What ran
   * out before stays ended.
   */
  retime(apply: () => void, hold?: Hold): void {
    const wasHeld = this.held;
    apply();
    this.#next = undefined;
    if (hold !== undefined) {
      this.#unlisten();
      this.#hold = hold;
      this.#provenAt = hold.renewedAt;
    }
    if (!wasHeld) return;
    if (hold !== undefined) this.#listen();
    this.#moved();
  }

  /** Ends it now. The first reason stands. */
  end(why: string, event: 'lost' | 'released'): DcsError {
    if (this.#ended !== undefined) return this.#ended;
    const error = this.error(why);
    this.#ended = error;
    this.#endedAt = this.#office.store.clock.now();
    this.#cancelTimer();
    this.#unlisten();
    this.#tell(event, why);
    this.#controller.abort(error);
    return error;
  }

  error(why: string): DcsError {
    const { layout, store } = this.#office;
    return new DcsError('LEASE_LOST', `lease ${this.#token} on ${layout.scope}: ${why}`, { store: store.name });
  }

  #listen(): void {
    this.#unlisten = this.#hold.whenLost(() => this.end('its session is gone', 'lost'));
  }

  /** The timer only makes the signal punctual; whoever asks reads the clocks. */
  #arm(): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#office.store.clock.timer(this.remaining, () => {
      if (this.held) this.#arm();
    });
  }

  #moved(): void {
    this.#arm();
    this.#tell('retimed');
  }

  #tell(event: LeaseEvent['event'], reason?: string): void {
    const { store, layout, name, timing } = this.#office;
    publishLease(() => ({
      ...clusterOf(store, layout),
      name,
      token: this.#token,
      event,
      remaining: this.remaining,
      loopWait: timing.loopWait,
      ...(reason === undefined ? {} : { reason }),
    }));
  }
}
