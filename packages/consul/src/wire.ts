import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { TlsMaterial } from '@tenure/core';
import Consul from 'consul';
import { z } from 'zod';
import { type Connection, Connections } from './connection.ts';
import {
  type Blocking,
  type ConsulRpc,
  type KvOp,
  type ListReply,
  type NewSession,
  type RpcCall,
  RpcError,
  type ServiceRegistration,
  type TxnReply,
  toTxnBody,
} from './rpc.ts';

export interface WireOptions {
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  readonly dc: string | undefined;
  /** Both are asked for with every request. */
  readonly tls: () => TlsMaterial | undefined;
  readonly token: () => string | undefined;
}

type Run = (library: Library, common: Common) => Promise<Answer>;

/** What the library takes with every call, though its types do not say so. */
interface Common {
  readonly ctx: EventEmitter & { includeResponse: true };
  readonly consistent?: true;
  readonly token?: string;
  readonly dc?: string;
}

/** With `ctx.includeResponse` the library resolves with the response first; a 404 of `kv.get` comes without a body. */
type Answer = readonly [response: IncomingMessage, body?: unknown];

/** The library's calls as they are at run time: its own types lack these options, or have them wrong. */
interface Library {
  kv: { get(options: Common & Record<string, unknown>): Promise<Answer> };
  transaction: { create(ops: readonly object[], options: Common): Promise<Answer> };
  session: {
    create(options: Common & Record<string, unknown>): Promise<Answer>;
    renew(options: Common & { id: string }): Promise<Answer>;
    destroy(options: Common & { id: string }): Promise<Answer>;
    info(options: Common & { id: string }): Promise<Answer>;
  };
  status: { leader(options: Common): Promise<Answer> };
  /** What every call of the library ends in. Resolves with the response alone, whatever `ctx` says. */
  _put(request: object): Promise<IncomingMessage>;
}

const index = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);
const keyValues = z.array(
  z.object({
    Key: z.string(),
    Value: z.instanceof(Buffer).nullish(),
    ModifyIndex: index,
    Session: z.string().optional(),
  }),
);
const txnResults = z.object({
  Results: z.array(z.object({ KV: z.object({ Key: z.string(), ModifyIndex: index }).optional() })).nullish(),
});
const txnErrors = z.object({ Errors: z.array(z.object({ OpIndex: z.number().int(), What: z.string() })).min(1) });
const created = z.object({ ID: z.string().min(1) });
const failed = z.object({
  statusCode: z.number(),
  response: z.object({ body: z.unknown() }),
});

/** Of a server's words, the most characters that are passed on. */
const MOST_WORDS = 300;
/** No session has this id. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

/**
 * One agent, through the npm library `consul`, of which neither timeouts nor watches nor the connection pool are used. A
 * request that may not be sent twice has a connection of its own, because a kept one that the agent has just closed
 * loses it without saying whether it arrived. Every request settles here, also when an answer breaks off in its middle,
 * which the library does not notice.
 */
export class ConsulWire implements ConsulRpc {
  readonly #options: WireOptions;
  readonly #connections: Connections;

  constructor(options: WireOptions) {
    this.#options = options;
    this.#connections = new Connections(options.secure, options.tls);
  }

  async list(prefix: string, blocking: Blocking | undefined, call: RpcCall): Promise<ListReply> {
    const query = {
      key: prefix,
      recurse: true,
      buffer: true,
      ...(blocking !== undefined && { index: String(blocking.index), wait: `${Math.ceil(blocking.wait)}ms` }),
    };
    const [response, body] = await this.#repeatable(call, (library, common) =>
      library.kv.get({ ...common, ...query, consistent: true }),
    );
    return {
      index: Number(response.headers['x-consul-index'] ?? 0),
      entries: parse(keyValues, body ?? []).map((kv) => ({
        key: kv.Key,
        value: kv.Value ?? Buffer.alloc(0),
        modifyIndex: kv.ModifyIndex,
        session: kv.Session,
      })),
    };
  }

  async access(key: string, call: RpcCall): Promise<void> {
    await this.#repeatable(call, (library, common) => library.kv.get({ ...common, key }));
  }

  async txn(ops: readonly KvOp[], call: RpcCall): Promise<TxnReply> {
    const request = toTxnBody(ops);
    const run = async (library: Library, common: Common): Promise<Answer> => {
      try {
        return await library.transaction.create(request, { ...common, consistent: true });
      } catch (error) {
        const { success, data } = failed.safeParse(error);
        if (!success || data.statusCode !== 409) throw error;
        return [{ statusCode: 409 } as IncomingMessage, data.response.body];
      }
    };
    const checks = ops.every(({ Verb }) => Verb === 'check-index' || Verb === 'check-not-exists');
    const [response, body] = await (checks ? this.#repeatable(call, run) : this.#once(call, run));
    if (response.statusCode === 409) {
      const failures = parse(txnErrors, body).Errors.map(({ OpIndex, What }) => ({ op: OpIndex, text: What }));
      return { failures, indexes: new Map() };
    }
    const indexes = new Map<string, number>();
    for (const { KV } of parse(txnResults, body).Results ?? []) {
      if (KV !== undefined) indexes.set(KV.Key, Math.max(KV.ModifyIndex, indexes.get(KV.Key) ?? 0));
    }
    return { failures: [], indexes };
  }

  /** A consistent read that needs no permission: what the token may not see is left out of the answer. */
  async prove(call: RpcCall): Promise<void> {
    await this.#repeatable(call, (library, common) =>
      library.session.info({ ...common, consistent: true, id: NOBODY }),
    );
  }

  /** `lockdelay` is text because the library drops a number 0, and Consul then takes 15 seconds. */
  async createSession({ name, ttl, checks }: NewSession, call: RpcCall): Promise<string> {
    const session = { name, ttl: `${ttl}ms`, behavior: 'delete', lockdelay: '1ms', checks };
    const [, body] = await this.#once(call, (library, common) => library.session.create({ ...common, ...session }));
    return parse(created, body).ID;
  }

  async renewSession(id: string, call: RpcCall): Promise<boolean> {
    try {
      const [, body] = await this.#repeatable(call, (library, common) => library.session.renew({ ...common, id }));
      return parse(z.array(created), body).some(({ ID }) => ID === id);
    } catch (error) {
      if (error instanceof RpcError && error.status === 404) return false;
      throw error;
    }
  }

  async destroySession(id: string, call: RpcCall): Promise<void> {
    await this.#repeatable(call, (library, common) => library.session.destroy({ ...common, id }));
  }

  async ping(call: RpcCall): Promise<void> {
    await this.#repeatable(call, (library, common) => library.status.leader(common));
  }

  /** The library's own call for this leaves out `EnableTagOverride`. */
  async register(service: ServiceRegistration, call: RpcCall): Promise<void> {
    await this.#put('/agent/service/register', {}, service, call);
  }

  async deregister(id: string, call: RpcCall): Promise<void> {
    await this.#put('/agent/service/deregister/{id}', { id }, undefined, call);
  }

  close(): void {
    this.#connections.close();
  }

  /** For what may be sent twice: a kept connection that ends before it answers is no fault of the agent's. */
  async #repeatable(call: RpcCall, run: Run): Promise<Answer> {
    const connection = this.#connections.take();
    const kept = connection.used;
    const began = performance.now();
    try {
      return await this.#sendOn(connection, call, run);
    } catch (error) {
      const timeout = call.timeout - (performance.now() - began);
      const lost = kept && error instanceof RpcError && error.stage !== 'answered';
      if (!lost || timeout <= 0 || call.signal.aborted) throw error;
      return await this.#sendOn(this.#connections.fresh(), { ...call, timeout }, run);
    }
  }

  async #put(path: string, params: object, body: object | undefined, call: RpcCall): Promise<void> {
    await this.#repeatable(call, async (library, { ctx, token }) => {
      const headers = token === undefined ? {} : { 'x-consul-token': token };
      const json = body === undefined ? {} : { type: 'json', body };
      return [await library._put({ name: 'agent', path, params, ctx, headers, ...json })];
    });
  }

  async #once(call: RpcCall, run: Run): Promise<Answer> {
    return await this.#sendOn(this.#connections.fresh(), call, run);
  }

  async #sendOn(connection: Connection, call: RpcCall, run: Run): Promise<Answer> {
    call.signal.throwIfAborted();
    const { secure, host, port, dc } = this.#options;
    const token = this.#options.token();
    const { agent } = connection;
    const library = new Consul({ host, port, secure, agent }) as unknown as Library;
    const ctx = Object.assign(new EventEmitter(), { includeResponse: true as const });
    const given = Promise.withResolvers<never>();
    const fail = (text: string) => given.reject(new RpcError(connection.connected ? 'sent' : 'unsent', 0, text));
    // An answer that is whole has been taken by then.
    connection.onEnd = () => void setImmediate(() => fail('the connection ended before the answer was whole'));
    const timer = setTimeout(() => fail(`no answer within ${Math.round(call.timeout)} ms`), call.timeout);
    timer.unref();
    const abort = () => fail('aborted');
    call.signal.addEventListener('abort', abort, { once: true });
    let answered = false;
    try {
      const common: Common = { ctx, ...(token !== undefined && { token }), ...(dc !== undefined && { dc }) };
      const answer = await Promise.race([given.promise, run(library, common)]);
      answered = true;
      return answer;
    } catch (error) {
      throw toRpcError(error, connection.connected);
    } finally {
      clearTimeout(timer);
      call.signal.removeEventListener('abort', abort);
      if (answered) this.#connections.keep(connection);
      else {
        connection.reset();
        ctx.emit('cancel');
      }
    }
  }
}

function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const { success, data } = schema.safeParse(body);
  if (!success) throw new RpcError('sent', 0, 'the answer is not what Consul answers');
  return data;
}

/** The library's errors hold the request with its token; nothing of them but text and status is kept. */
function toRpcError(error: unknown, connected: boolean): RpcError {
  if (error instanceof RpcError) return error;
  const { success, data } = failed.safeParse(error);
  if (success) {
    const { body } = data.response;
    const words = typeof body === 'string' || Buffer.isBuffer(body) ? body.toString().trim().slice(0, MOST_WORDS) : '';
    const text = words === '' ? 'no words' : words;
    return new RpcError('answered', data.statusCode, `status ${data.statusCode}: ${text}`);
  }
  return new RpcError(connected ? 'sent' : 'unsent', 0, error instanceof Error ? error.message : String(error));
}
