import { Bounds, type CallOptions, type Clock, DcsError } from '@tenure/core';
import type { TokenSource } from './auth.ts';
import { faultOf, toDcsError, unavailable } from './errors.ts';
import type { Member, Members } from './members.ts';
import { type EtcdRpc, type RangeReply, type RpcCall, RpcError, type RpcHeader, status } from './rpc.ts';
import { type Known, TermGuard } from './terms.ts';

/** The least that one member gets of the time that is left: half of Patroni's second, so that three silent ones of five leave some of 3 s. */
const LEAST_BUDGET = 500;
/** Requests end this much before the operation does, so that what became of them is known in time. */
const SETTLING = 20;
/** Several members may each have to be told about a fresh token. */
const MOST_LOGINS = 3;
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 1000;
const REFRESH_TIMEOUT = 10_000;

interface Answer {
  /** Absent when the answer came as an error that is none. */
  readonly header?: RpcHeader;
}

/** What one operation asks of one member. */
export type Attempt<T> = (rpc: EtcdRpc, call: RpcCall) => Promise<T>;

export interface Operation {
  /** For messages: `read`, `commit` … */
  readonly name: string;
  /**
   * It writes: it is tried elsewhere only when it surely did nothing, and an unknown outcome is an error with
   * `maybeApplied`. What does not write is repeated until the deadline.
   */
  readonly writes: boolean;
}

interface Progress {
  readonly deadline: number;
  readonly signal: AbortSignal;
  /** A write is under way, or its outcome is unknown. */
  sent: boolean;
  last: DcsError | undefined;
}

/** Runs operations against whichever member answers, within their deadlines. */
export class EtcdClient {
  readonly clock: Clock;
  readonly guard = new TermGuard();
  /** A key that these credentials may surely read, once something was read or committed. */
  readableKey = '\0';
  readonly #members: Members;
  readonly #tokens: TokenSource;
  readonly #closing: AbortController;

  constructor(clock: Clock, members: Members, tokens: TokenSource, closing: AbortController) {
    this.clock = clock;
    this.#members = members;
    this.#tokens = tokens;
    this.#closing = closing;
  }

  get closed(): boolean {
    return this.#closing.signal.aborted;
  }

  async read(prefix: string, options?: CallOptions): Promise<RangeReply> {
    const reply = await this.run({ name: 'read', writes: false }, (rpc, call) => rpc.range(prefix, call), options);
    if (prefix !== '') this.readableKey = prefix;
    return reply;
  }

  async run<T extends Answer>(operation: Operation, attempt: Attempt<T>, options: CallOptions = {}): Promise<T> {
    const bounds = new Bounds(this.clock, this.#closing.signal, options);
    const { timeout, signal } = bounds;
    const progress: Progress = {
      deadline: this.clock.now() + timeout - Math.min(timeout / 10, SETTLING),
      signal,
      sent: false,
      last: undefined,
    };
    return await bounds.keep(() => this.#rounds(operation, attempt, progress), {
      timedOut: () => this.#timedOut(operation, progress),
      unsettled: () => progress.sent,
    });
  }

  /** The member to watch on, and a token for it. `known` is what its answers must not fall behind. */
  async forWatch(call: Omit<RpcCall, 'token'>): Promise<{ member: Member; token: string | undefined; known: Known }> {
    const [member] = await this.#members.list();
    if (member === undefined) throw unavailable('no endpoint is known');
    try {
      return { member, token: await this.#tokens.get(member.rpc, call), known: this.guard.known() };
    } catch (error) {
      this.#members.avoid(member);
      throw error;
    }
  }

  /** A watch on `member` failed in a way that another member may mend. */
  avoid(member: Member): void {
    this.#members.avoid(member);
  }

  forget(token: string | undefined): void {
    this.#tokens.forget(token);
  }

  /** The members, each once and those that writes cannot reach again; then, for what does not write, again and again. */
  async #rounds<T extends Answer>(operation: Operation, attempt: Attempt<T>, progress: Progress): Promise<T> {
    for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
      const members = await this.#members.list();
      for (const [index, member] of members.entries()) {
        const left = progress.deadline - this.clock.now();
        if (left <= 0 || progress.signal.aborted) throw this.#timedOut(operation, progress);
        const timeout = Math.max(left / (members.length - index), Math.min(LEAST_BUDGET, left));
        const reply = await this.#onMember(operation, attempt, progress, member, timeout);
        if (reply !== undefined) return reply;
      }
      this.#members.doubt();
      if (operation.writes || progress.deadline - this.clock.now() <= pause) throw this.#timedOut(operation, progress);
      await this.clock.sleep(pause, progress.signal);
    }
  }

  /** `undefined`: another member may do better. */
  async #onMember<T extends Answer>(
    operation: Operation,
    attempt: Attempt<T>,
    progress: Progress,
    member: Member,
    timeout: number,
  ): Promise<T | undefined> {
    const until = this.clock.now() + timeout;
    for (let logins = 1; ; logins++) {
      const known = this.guard.known();
      let token: string | undefined;
      try {
        const call = () => ({ timeout: Math.max(1, until - this.clock.now()), signal: progress.signal });
        token = await this.#tokens.get(member.rpc, call());
        progress.signal.throwIfAborted();
        progress.sent = operation.writes;
        const reply = await attempt(member.rpc, { ...call(), token });
        if (reply.header !== undefined) this.guard.admit(reply.header, known, operation.writes);
        this.#members.prefer(member);
        if (this.#members.dueForRefresh()) void this.#refresh(member, token);
        return reply;
      } catch (error) {
        if (!(error instanceof RpcError)) {
          if (!DcsError.is(error, 'UNAVAILABLE') || operation.writes) throw error;
          progress.last = error;
          this.#members.avoid(member);
          return undefined;
        }
        const fault = faultOf(error);
        const failure = toDcsError(error, `${operation.name} at ${member.url}`, progress.sent);
        if (fault.outcome !== 'unknown') progress.sent = false;
        if (fault.remedy === 'token') this.#tokens.forget(token);
        if (fault.remedy === 'token' && this.#tokens.renewable && logins < MOST_LOGINS && this.clock.now() < until)
          continue;
        if (fault.remedy !== 'endpoint') throw failure;
        this.#members.avoid(member);
        if (failure.maybeApplied) throw failure;
        // An attempt that the deadline cut short tells less than one that failed before: of a certificate, above all.
        if (progress.last === undefined || error.code !== status.deadlineExceeded) progress.last = failure;
        return undefined;
      }
    }
  }

  async #refresh(member: Member, token: string | undefined): Promise<void> {
    try {
      await this.#members.refresh(member, { timeout: REFRESH_TIMEOUT, signal: this.#closing.signal, token });
    } catch {
      // The list that is known serves on; the next refresh is due in its time.
    }
  }

  #timedOut(operation: Operation, { last, sent }: Progress): DcsError {
    if (last !== undefined && last.maybeApplied === sent) return last;
    return unavailable(`${operation.name} was not answered in time`, sent);
  }
}
