import { Bounds, type CallOptions, type Clock, type DcsError } from '@tenure/core';
import type { Agents, ConsulAgent } from './agents.ts';
import { faultOf, toDcsError, unavailable } from './errors.ts';
import { type Blocking, type ConsulRpc, type ListReply, type RpcCall, RpcError } from './rpc.ts';

/** The least that one agent gets of the time that is left: half of Patroni's second, so that three silent ones of five leave some of 3 s. */
const LEAST_BUDGET = 500;
/** Requests end this much before the operation does, so that what became of them is known in time. */
const SETTLING = 20;
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 1000;
/** Our own sessions have a lock delay of 1 ms; those of others may have up to a minute. */
const FIRST_PATIENCE = 5;
const LONGEST_PATIENCE = 250;

/** What one operation asks of one agent. */
export type Attempt<T> = (rpc: ConsulRpc, call: RpcCall) => Promise<T>;

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

/**
 * A list leaves out what the token may not read, without a word; asking for one key does not (kvs_endpoint.go `List`,
 * `Get`). So that a refusal is not taken for an empty cluster, nothing is believed to be nothing before that; and it is listed
 * once more then, since the permission may have come after the first time.
 */
export async function listOn(
  rpc: ConsulRpc,
  prefix: string,
  blocking: Blocking | undefined,
  call: RpcCall,
): Promise<ListReply> {
  const reply = await rpc.list(prefix, blocking, call);
  if (reply.entries.length > 0 || prefix === '') return reply;
  await rpc.access(prefix, call);
  return await rpc.list(prefix, undefined, call);
}

/** Runs operations against whichever agent answers, within their deadlines. */
export class ConsulClient {
  readonly clock: Clock;
  readonly agents: Agents;
  readonly #closing: AbortController;

  constructor(clock: Clock, agents: Agents, closing: AbortController) {
    this.clock = clock;
    this.agents = agents;
    this.#closing = closing;
  }

  get closed(): boolean {
    return this.#closing.signal.aborted;
  }

  async read(prefix: string, options?: CallOptions): Promise<ListReply> {
    const list = async (rpc: ConsulRpc, call: RpcCall) => await listOn(rpc, prefix, undefined, call);
    return await this.run({ name: 'read', writes: false }, list, options);
  }

  async run<T>(operation: Operation, attempt: Attempt<T>, options: CallOptions = {}): Promise<T> {
    const bounds = new Bounds(this.clock, this.#closing.signal, options);
    const { timeout, signal } = bounds;
    const progress: Progress = {
      deadline: this.clock.now() + timeout - Math.min(timeout / 10, SETTLING),
      signal,
      sent: false,
      last: undefined,
    };
    return await bounds.keep(() => this.#rounds(operation, attempt, progress), {
      timedOut: () => timedOut(operation, progress),
      unsettled: () => progress.sent,
    });
  }

  /** The agents, each once; then, for what does not write, again and again. */
  async #rounds<T>(operation: Operation, attempt: Attempt<T>, progress: Progress): Promise<T> {
    for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
      const agents = this.agents.list();
      for (const [index, agent] of agents.entries()) {
        const left = progress.deadline - this.clock.now();
        if (left <= 0 || progress.signal.aborted) throw timedOut(operation, progress);
        const until = this.clock.now() + Math.max(left / (agents.length - index), Math.min(LEAST_BUDGET, left));
        const answer = await this.#onAgent(operation, attempt, progress, agent, until);
        if (answer !== undefined) return answer.value;
      }
      if (operation.writes || progress.deadline - this.clock.now() <= pause) throw timedOut(operation, progress);
      await this.clock.sleep(pause, progress.signal);
    }
  }

  /** `undefined`: another agent may do better. */
  async #onAgent<T>(
    operation: Operation,
    attempt: Attempt<T>,
    progress: Progress,
    agent: ConsulAgent,
    until: number,
  ): Promise<{ readonly value: T } | undefined> {
    for (let pause = FIRST_PATIENCE; ; pause = Math.min(pause * 2, LONGEST_PATIENCE)) {
      const call = () => ({ timeout: Math.max(1, until - this.clock.now()), signal: progress.signal });
      try {
        if (operation.writes && agent.doubted) await agent.rpc.ping(call());
        progress.signal.throwIfAborted();
        progress.sent = operation.writes;
        const value = await attempt(agent.rpc, call());
        this.agents.prefer(agent);
        return { value };
      } catch (error) {
        if (!(error instanceof RpcError)) throw error;
        const { outcome, remedy } = faultOf(error);
        const failure = toDcsError(error, `${operation.name} at ${agent.url}`, progress.sent);
        if (outcome !== 'unknown') progress.sent = false;
        progress.last = failure;
        if (remedy === 'patience' && this.clock.now() + pause < until) {
          await this.clock.sleep(pause, progress.signal);
          continue;
        }
        if (remedy !== 'endpoint') throw failure;
        this.agents.avoid(agent);
        if (failure.maybeApplied) throw failure;
        return undefined;
      }
    }
  }
}

function timedOut(operation: Operation, { last, sent }: Progress): DcsError {
  if (last !== undefined && last.maybeApplied === sent) return last;
  return unavailable(`${operation.name} was not answered in time`, sent);
}
