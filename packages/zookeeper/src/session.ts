import { assertTxn, type CallOptions, type Commit, DcsError, type Limits, type Session, type Txn } from '@tenure/core';
import type { Call, Calls } from './calls.ts';
import { commitOn } from './commit.ts';
import type { Hints } from './hints.ts';
import { assertPath } from './keys.ts';
import { Pulse } from './pulse.ts';
import { code, ZkError } from './rpc.ts';
import type { ZkWire } from './wire.ts';

/** The part of the ttl that the server is asked for; for the rest of it pings go on without a renewal. */
const TIMEOUT_RATIO = 2 / 3;
/** Pings come at every twentieth of the timeout, and a renewal wants one of the last eighth. */
const PING_RATIO = 1 / 20;
const TOUCH_RATIO = 1 / 8;
/** What closing an overdue session may take, milliseconds. */
const CLOSING = 1000;

/** The timeout that the server is asked for, milliseconds. */
export function timeoutOf(ttl: number): number {
  return Math.round(ttl * TIMEOUT_RATIO);
}

/** What a timeout that the server granted guarantees, milliseconds; see `ZooKeeperSession`. */
export function guaranteedOf(timeout: number, tickTime: number): number {
  return timeout - timeout * TOUCH_RATIO - tickTime;
}

export interface SessionParts {
  /** Connected. */
  readonly wire: ZkWire;
  readonly calls: Calls;
  readonly limits: Limits;
  readonly hints: Hints;
  /** The ttl that was asked for, milliseconds. */
  readonly asked: number;
  readonly tickTime: number;
  /** Called when the session has ended or is lost. */
  readonly onOver: () => void;
}

/**
 * One ZooKeeper session with a connection of its own. With T the timeout that the server granted:
 *
 * - Pings go on until `ttl − T` after the last renewal and then stop. The server drops the session T after the last one that
 *   it heard, rounded up to its tick: its keys are gone by `ttl` after the last renewal, plus one tick.
 * - The leader learns that a session lives from its followers, with their next ping, at most a tick later, and not from a
 *   request that a follower passes on. A renewal is a multi, which the leader answers only while a quorum follows it, and it
 *   is not sent unless the server has answered something that was sent in the last `T/8`. So the leader, whoever it is, has
 *   heard of the session no earlier than `T/8` and a tick before the renewal was sent:
 *   `guaranteed = T − T/8 − tickTime`, counted from that sending, even if nothing is ever sent again.
 */
export class ZooKeeperSession implements Session {
  readonly id: string;
  readonly ttl: number;
  readonly guaranteed: number;
  readonly #wire: ZkWire;
  readonly #calls: Calls;
  readonly #limits: Limits;
  readonly #hints: Hints;
  readonly #tickTime: number;
  readonly #touch: number;
  readonly #pulse: Pulse;
  readonly #onOver: () => void;
  #renewedAt: number;
  #renewing = 0;
  #over = false;
  #cancelTimer = () => {};

  constructor({ wire, calls, limits, hints, asked, tickTime, onOver }: SessionParts) {
    const timeout = wire.timeout;
    // A server that grants more than was wished makes the keys live longer; one that grants less is pinged for longer.
    const pinged = Math.max(asked - timeout, asked * (1 - TIMEOUT_RATIO));
    this.id = wire.sessionId;
    this.ttl = timeout + pinged;
    this.#touch = timeout * TOUCH_RATIO;
    this.guaranteed = guaranteedOf(timeout, tickTime);
    this.#wire = wire;
    this.#calls = calls;
    this.#limits = limits;
    this.#hints = hints;
    this.#tickTime = tickTime;
    this.#onOver = onOver;
    this.#renewedAt = wire.answeredAt;
    const wanted = () => !this.#over && calls.clock.now() < this.#renewedAt + pinged;
    this.#pulse = new Pulse(wire, calls.clock, timeout * PING_RATIO, timeout / 3, wanted);
    wire.onState = () => this.#follow();
    this.#pulse.start();
    this.#arm();
  }

  /** Whether to connect again for the session's own sake. */
  get wantsConnection(): boolean {
    return !this.#over && this.#calls.clock.now() < this.#renewedAt + this.ttl - this.#wire.timeout;
  }

  async renew(txn: Txn = { guards: [], writes: [] }, options?: CallOptions): Promise<Commit | undefined> {
    this.assertTxn(txn);
    return await this.#calls.run('renew', options, async (call) => {
      this.#renewing += 1;
      try {
        const wire = await this.#ready(call);
        const sent = this.#calls.clock.now();
        if (sent - wire.answeredAt > this.#touch) {
          await wire.ping(call.signal);
          await this.#calls.clock.sleep(this.#tickTime, call.signal);
        }
        const commit = await this.#lostWhenExpired(() => commitOn(wire, call, txn, this.#hints));
        this.#renewedAt = Math.max(this.#renewedAt, sent);
        this.#pulse.start();
        return commit;
      } finally {
        this.#renewing -= 1;
        this.#arm();
      }
    });
  }

  /** A commit whose puts are bound to this session: only its own connection can create their znodes. */
  async commit(txn: Txn, options?: CallOptions): Promise<Commit | undefined> {
    this.assertTxn(txn);
    return await this.#calls.run('commit', options, async (call) => {
      const wire = await this.#ready(call);
      return await this.#lostWhenExpired(() => commitOn(wire, call, txn, this.#hints));
    });
  }

  async end(options?: CallOptions): Promise<void> {
    await this.#calls.run('end session', options, async (call) => {
      if (this.#over) return;
      try {
        await this.#wire.ready(call);
        await this.#wire.closeSession(call.signal);
      } catch (error) {
        if (!(error instanceof ZkError) || error.code !== code.sessionExpired) throw error;
      }
      this.#finish();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }

  /** @throws TypeError, RangeError */
  assertTxn(txn: Txn): void {
    assertTxn(txn, this.#limits);
    for (const { key } of txn.guards) assertPath(key);
    for (const write of txn.writes) {
      assertPath(write.key);
      if (write.type === 'put' && write.session !== undefined && write.session !== this) {
        throw new TypeError(
          `txn: the put on ${write.key} is bound to another session than the one that is renewed or that other puts are ` +
            'bound to; ZooKeeper has no multi of two sessions',
        );
      }
    }
  }

  /** Whether these are the calls of its store. */
  isOf(calls: Calls): boolean {
    return this.#calls === calls;
  }

  /** The store is closed: no timer is left, and the server lets the session expire. */
  detach(): void {
    this.#over = true;
    this.#cancelTimer();
    this.#pulse.stop();
  }

  async #ready(call: Call): Promise<ZkWire> {
    if (this.#over) throw this.#lost();
    await this.#lostWhenExpired(() => this.#wire.ready(call));
    return this.#wire;
  }

  async #lostWhenExpired<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ZkError)) throw error;
      // The server does nothing of a multi whose session is gone.
      if (error.code === code.sessionExpired) this.#finish();
      if (this.#over && (error.code === code.sessionExpired || !error.sent)) throw this.#lost();
      throw error;
    }
  }

  #lost(): DcsError {
    return new DcsError('SESSION_LOST', `zookeeper: the session ${this.id} is gone`, { store: 'zookeeper' });
  }

  #follow(): void {
    if (this.#wire.state === 'connected') this.#pulse.start();
    else if (this.#wire.state === 'expired') this.#finish();
  }

  /** At `ttl` after the last renewal the session is over, whatever the server thinks: puts count for the server, too. */
  #arm(): void {
    this.#cancelTimer();
    if (this.#over || this.#renewing > 0) return;
    const { clock } = this.#calls;
    const due = this.#renewedAt + this.ttl;
    this.#cancelTimer = clock.timer(Math.max(0, due - clock.now()), () => {
      if (this.#over || this.#renewing > 0) return;
      if (clock.now() < due) this.#arm();
      else void this.#abandon();
    });
  }

  async #abandon(): Promise<void> {
    const stop = new AbortController();
    const cancel = this.#calls.clock.timer(CLOSING, () => stop.abort());
    const closing = this.#wire.closeSession(stop.signal);
    this.#over = true;
    try {
      await closing;
    } catch {
      // The server finds out by itself.
    } finally {
      cancel();
      this.#finish();
    }
  }

  #finish(): void {
    this.detach();
    this.#wire.stop();
    this.#onOver();
  }
}
