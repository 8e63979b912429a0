import { assertTxn, type CallOptions, type Commit, DcsError, type Limits, type Session, type Txn } from '@tenure/core';
import type { ConsulClient } from './client.ts';
import { faultOf } from './errors.ts';
import { type ConsulRpc, type RpcCall, RpcError } from './rpc.ts';
import { runTxn, toWireTxn, type WireTxn } from './txn.ts';

/**
 * Consul ends a session at twice its TTL after the last renewal (structs.SessionTTLMultiplier), and promises no more than
 * "not before the TTL". So the TTL that is asked for is half of ours: keys surely stay for that half, and are gone by the
 * whole.
 */
const MULTIPLIER = 2;

/** Of a ttl of ours, milliseconds. */
export function guaranteedOf(ttl: number): number {
  return ttl / MULTIPLIER;
}

/** A session on Consul. It has no timer: nothing but `renew` prolongs it. */
export class ConsulSession implements Session {
  readonly id: string;
  readonly ttl: number;
  readonly guaranteed: number;
  readonly #client: ConsulClient;
  readonly #limits: Limits;
  #ended = false;

  constructor(client: ConsulClient, limits: Limits, id: string, ttl: number) {
    this.id = id;
    this.ttl = ttl;
    this.guaranteed = guaranteedOf(ttl);
    this.#client = client;
    this.#limits = limits;
  }

  /**
   * The txn, and after its answer the renewal, both on one agent. The renewal alone proves nothing: it resets a timer in
   * the memory of whoever takes itself for the leader, without asking a quorum (Consul, session_endpoint.go `Renew`), and
   * a leader that was cut off or stood still may not know yet that there is another. The txn has the agreement of a quorum
   * from after it was sent, since it goes through raft or, when it only reads, is `?consistent`. The server that passed it on
   * knows by then a leader of that term, and terms never go back. So it hands the renewal to that leader, or to a later one;
   * and a later one was elected after the txn was sent and began all sessions anew, with their full time (session_ttl.go
   * `initializeSessionTimers`). Sent at the same time, the renewal could be taken by a deposed leader that wakes up, and
   * the txn by the leader that it then hears of, whose timer had been running all along. An agent that is no server
   * keeps to one server as long as that one answers.
   */
  async renew(txn: Txn = { guards: [], writes: [] }, options?: CallOptions): Promise<Commit | undefined> {
    assertTxn(txn, this.#limits);
    const request = toWireTxn(txn, this);
    const operation = { name: 'renew', writes: request.writes };
    if (this.#ended) throw this.#lost(false);
    return await this.#client.run(operation, (rpc, call) => this.#renewOn(rpc, request, call), options);
  }

  async end(options?: CallOptions): Promise<void> {
    if (this.#ended) return;
    await this.#client.run({ name: 'end session', writes: false }, (rpc, call) => destroy(rpc, this.id, call), options);
    this.#ended = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }

  async #renewOn(rpc: ConsulRpc, txn: WireTxn, call: RpcCall): Promise<Commit | undefined> {
    const until = this.#client.clock.now() + call.timeout;
    const commit = await runTxn(rpc, txn, call);
    const wrote = txn.writes && commit !== undefined;
    try {
      const timeout = Math.max(1, until - this.#client.clock.now());
      if (!(await rpc.renewSession(this.id, { ...call, timeout }))) throw this.#lost(wrote);
      return commit;
    } catch (error) {
      if (!wrote || !(error instanceof RpcError)) throw error;
      throw new DcsError(faultOf(error).code, `consul: renew, after its txn was done: ${error.message}`, {
        store: 'consul',
        maybeApplied: true,
        cause: error,
      });
    }
  }

  #lost(maybeApplied: boolean): DcsError {
    return new DcsError('SESSION_LOST', `consul: the session ${this.id} is gone`, { store: 'consul', maybeApplied });
  }
}

/** A creation whose answer was lost leaves a session that nobody renews and that owns nothing. */
export async function openSession(
  client: ConsulClient,
  limits: Limits,
  checks: readonly string[],
  ttl: number,
  options?: CallOptions,
): Promise<ConsulSession> {
  const session = { name: 'tenure', ttl: guaranteedOf(ttl), checks };
  const operation = { name: 'open session', writes: false };
  const id = await client.run(operation, (rpc, call) => rpc.createSession(session, call), options);
  return new ConsulSession(client, limits, id, ttl);
}

/** Consul takes any id with ACLs off; with them on, an unknown one is an error (session_endpoint.go `Apply`). */
async function destroy(rpc: ConsulRpc, id: string, call: RpcCall): Promise<void> {
  try {
    await rpc.destroySession(id, call);
  } catch (error) {
    if (!(error instanceof RpcError) || !/unknown session/i.test(error.message)) throw error;
  }
}
