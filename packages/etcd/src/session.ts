import { randomBytes } from 'node:crypto';
import { assertTxn, type CallOptions, type Commit, DcsError, type Limits, type Session, type Txn } from '@tenure/core';
import type { EtcdClient } from './client.ts';
import { faultOf, toDcsError, unavailable } from './errors.ts';
import {
  type EtcdRpc,
  type LeaseReply,
  type RpcCall,
  RpcError,
  type RpcHeader,
  type RpcTxn,
  type TxnReply,
} from './rpc.ts';
import { toCommit, toRpcTxn } from './txn.ts';

/** A follower that lags behind the term catches up with the next heartbeat, 100 ms by default. */
const CATCH_UP_PAUSE = 50;

/** The whole TTL (milliseconds), of which etcd grants what was asked for at least. */
export function guaranteedOf(ttl: number): number {
  return ttl;
}

/** A lease on etcd. It has no timer: nothing but `renew` prolongs it. */
export class EtcdSession implements Session {
  readonly id: string;
  readonly ttl: number;
  readonly guaranteed: number;
  readonly #client: EtcdClient;
  readonly #limits: Limits;
  #ended = false;

  constructor(client: EtcdClient, limits: Limits, id: string, ttl: number) {
    this.id = id;
    this.ttl = ttl;
    this.guaranteed = guaranteedOf(ttl);
    this.#client = client;
    this.#limits = limits;
  }

  /**
   * A keepalive and the txn, at the same time on the same member. The keepalive alone proves nothing: a deposed leader
   * that has not heard of it yet answers it out of its memory (before etcd 3.4.29 and 3.5.11, v3_server.go `LeaseRenew`).
   * The txn has the agreement of a quorum from after it was sent. The two speak of one leader when the keepalive's term is
   * not older than the txn's: a member that had applied an entry of that term forwards keepalives to nobody older, and a
   * leader that was elected after the quorum agreed has restarted all leases (lease/lessor.go `Promote`).
   */
  async renew(txn: Txn = { guards: [], writes: [] }, options?: CallOptions): Promise<Commit | undefined> {
    assertTxn(txn, this.#limits);
    const request = toRpcTxn(txn, this.#client.readableKey);
    const operation = { name: 'renew', writes: txn.writes.length > 0 };
    if (this.#ended) throw this.#lost(false);
    const reply = await this.#client.run(operation, (rpc, call) => this.#renewOn(rpc, request, call), options);
    return toCommit(request, reply);
  }

  async end(options?: CallOptions): Promise<void> {
    if (this.#ended) return;
    await this.#client.run({ name: 'end session', writes: false }, (rpc, call) => revoke(rpc, this.id, call), options);
    this.#ended = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }

  async #renewOn(rpc: EtcdRpc, txn: RpcTxn, call: RpcCall): Promise<TxnReply> {
    const until = this.#client.clock.now() + call.timeout;
    const writes = txn.proof === undefined;
    const [kept, done] = await Promise.allSettled([rpc.keepAlive(this.id, call), rpc.txn(txn, call)]);
    if (isLost(kept) || isLost(done)) throw this.#lost(writes && mayHaveWritten(done));
    if (done.status === 'rejected') throw done.reason;
    const wrote = writes && done.value.succeeded;
    let latest = kept;
    while (!proves(latest, done.value)) {
      const left = until - this.#client.clock.now() - CATCH_UP_PAUSE;
      if (left <= 0) throw this.#unproven(latest, wrote);
      await this.#client.clock.sleep(CATCH_UP_PAUSE, call.signal);
      [latest] = await Promise.allSettled([rpc.keepAlive(this.id, { ...call, timeout: left })]);
      if (isLost(latest)) throw this.#lost(wrote);
    }
    return done.value;
  }

  #lost(maybeApplied: boolean): DcsError {
    return new DcsError('SESSION_LOST', `etcd: the lease ${this.id} is gone`, { store: 'etcd', maybeApplied });
  }

  #unproven(kept: PromiseSettledResult<LeaseReply>, maybeApplied: boolean): DcsError {
    if (kept.status === 'rejected' && kept.reason instanceof RpcError) {
      return new DcsError('UNAVAILABLE', toDcsError(kept.reason, 'renew', false).message, {
        store: 'etcd',
        maybeApplied,
        cause: kept.reason,
      });
    }
    return unavailable(
      `renew: the leader that prolonged lease ${this.id} is not the one that has a quorum`,
      maybeApplied,
    );
  }
}

/** Grants a lease with an id of our own, so that a grant whose answer was lost can be sent again. */
export async function openSession(
  client: EtcdClient,
  limits: Limits,
  ttl: number,
  options?: CallOptions,
): Promise<EtcdSession> {
  const id = randomId();
  const lease = await client.run(
    { name: 'open session', writes: false },
    async (rpc, call) => {
      try {
        return await rpc.grant(id, ttl, call);
      } catch (error) {
        // Drawn by nobody else out of 2^63: an earlier send of this very grant took effect.
        if (!(error instanceof RpcError) || faultOf(error).code !== 'CONFLICT') throw error;
        const lease = await rpc.keepAlive(id, call);
        if (lease.ttl > 0) return lease;
        throw unavailable('open session: the lease ended before its grant was answered');
      }
    },
    options,
  );
  return new EtcdSession(client, limits, id, lease.ttl);
}

/** Decimal, 1 to 2^63 - 1: etcd takes a lease id as an int64 and draws one itself for 0. */
function randomId(): string {
  return String(randomBytes(8).readBigUInt64BE() >> 1n || 1n);
}

async function revoke(rpc: EtcdRpc, id: string, call: RpcCall): Promise<{ readonly header?: RpcHeader }> {
  try {
    return await rpc.revoke(id, call);
  } catch (error) {
    if (!(error instanceof RpcError) || faultOf(error).code !== 'SESSION_LOST') throw error;
    return {};
  }
}

/** The keepalive of a dead lease is answered with a TTL of 0, without an error (api/v3rpc/lease.go `leaseKeepAlive`). */
function isLost(result: PromiseSettledResult<LeaseReply | TxnReply>): boolean {
  if (result.status === 'fulfilled') return 'ttl' in result.value && !(result.value.ttl > 0);
  return result.reason instanceof RpcError && faultOf(result.reason).code === 'SESSION_LOST';
}

function mayHaveWritten(done: PromiseSettledResult<TxnReply>): boolean {
  if (done.status === 'fulfilled') return done.value.succeeded;
  return !(done.reason instanceof RpcError) || faultOf(done.reason).outcome === 'unknown';
}

function proves(kept: PromiseSettledResult<LeaseReply>, { header }: TxnReply): boolean {
  if (kept.status === 'rejected') return false;
  return kept.value.header.cluster === header.cluster && kept.value.header.term >= header.term;
}
