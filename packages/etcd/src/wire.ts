import { InterceptingCall, type Interceptor, type Metadata } from '@grpc/grpc-js';
import type { TlsMaterial } from '@tenure/core';
import { noop } from 'cockatiel';
import {
  Etcd3,
  EtcdError,
  type ICompare,
  type IDuplexStream,
  type IKeyValue,
  type IOptions,
  type IRequestOp,
  type IResponseHeader,
  type IWatchRequest,
  type IWatchResponse,
} from 'etcd3';
import { rangeEnd, rangeStart } from './keys.ts';
import {
  type EtcdRpc,
  type LeaseReply,
  type RangeReply,
  type RpcCall,
  RpcError,
  type RpcHeader,
  type RpcKeyValue,
  type RpcTxn,
  type RpcWatch,
  type RpcWatchHandlers,
  status,
  type TxnReply,
  type WatchReply,
} from './rpc.ts';

/**
 * etcd ends connections whose pings come more often than every 5 seconds (server/embed/config.go
 * `DefaultGRPCKeepAliveMinTime`); a second is left for pings that travel at different speeds.
 */
const PING_AFTER = 6000;
const PING_ANSWER = 2000;

const OK = 0;

let connections = 0;

/** etcd3's error texts that stand for a token to renew make it log in and call again without end; this one does not. */
const LIBRARY_LOOPS_ON = 'invalid auth token';
const QUIET_TOKEN_ERROR = 'stale auth token';

/**
 * One member, through the raw service clients of etcd3: its policies, retries, leases, watchers and logins are not used.
 * Calls and watches have a connection each, so that a large snapshot on a watch never delays a renewal.
 */
export class EtcdWire implements EtcdRpc {
  readonly #calls: Etcd3;
  readonly #watches: Etcd3;

  constructor(endpoint: string, tls: TlsMaterial | undefined) {
    this.#calls = new Etcd3(libraryOptions(endpoint, tls));
    this.#watches = new Etcd3(libraryOptions(endpoint, tls));
  }

  async range(prefix: string, call: RpcCall): Promise<RangeReply> {
    const start = Buffer.from(prefix);
    const request = { key: rangeStart(start), range_end: rangeEnd(start) };
    const reply = await unary(call, (options) => this.#calls.kv.range(request, options));
    return { header: toHeader(reply.header), entries: reply.kvs.map(toKeyValue) };
  }

  async txn(txn: RpcTxn, call: RpcCall): Promise<TxnReply> {
    const compare = txn.guards.map(({ key, version }): ICompare => {
      const guard = { key: Buffer.from(key), result: 'Equal' } as const;
      return version === null
        ? { ...guard, target: 'Create', create_revision: '0' }
        : { ...guard, target: 'Mod', mod_revision: version };
    });
    const proof: IRequestOp[] =
      txn.proof === undefined ? [] : [{ request_range: { key: Buffer.from(txn.proof), count_only: true } }];
    const success: IRequestOp[] = [
      ...txn.puts.map(({ key, value, lease }) => ({
        request_put: { key: Buffer.from(key), value: Buffer.from(value), lease: lease ?? '0' },
      })),
      ...txn.deletes.map((key) => ({ request_delete_range: { key: Buffer.from(key) } })),
      ...proof,
    ];
    const reply = await unary(call, (options) => this.#calls.kv.txn({ compare, success, failure: proof }, options));
    return { header: toHeader(reply.header), succeeded: reply.succeeded };
  }

  async grant(id: string, ttl: number, call: RpcCall): Promise<LeaseReply> {
    const request = { ID: id, TTL: Math.ceil(ttl / 1000) };
    const reply = await unary(call, (options) => this.#calls.leaseClient.leaseGrant(request, options));
    if (reply.error !== '') throw new RpcError(status.unknown, reply.error);
    return { header: toHeader(reply.header), ttl: Number(reply.TTL) * 1000 };
  }

  /** A stream of its own, ended after one answer: a cancelled one would make etcd3 drop its connection. */
  async keepAlive(id: string, call: RpcCall): Promise<LeaseReply> {
    const reply = await unary(call, async (options) => {
      const stream = await this.#calls.leaseClient.leaseKeepAlive(options);
      const answer = Promise.withResolvers<{ header: IResponseHeader; TTL: string }>();
      let answered = false;
      stream.on('data', (reply) => {
        answered = true;
        answer.resolve(reply);
      });
      stream.on('error', answer.reject);
      stream.on('end', () => {
        if (!answered) answer.reject(new RpcError(status.unavailable, 'the stream ended without an answer'));
      });
      stream.write({ ID: id });
      stream.end();
      return await answer.promise;
    });
    return { header: toHeader(reply.header), ttl: Number(reply.TTL) * 1000 };
  }

  async revoke(id: string, call: RpcCall): Promise<{ header: RpcHeader }> {
    const reply = await unary(call, (options) => this.#calls.leaseClient.leaseRevoke({ ID: id }, options));
    return { header: toHeader(reply.header) };
  }

  async login(username: string, password: string, call: RpcCall): Promise<string> {
    const request = { name: username, password };
    const reply = await unary(call, (options) => this.#calls.auth.authenticate(request, options));
    return reply.token;
  }

  async members(call: RpcCall): Promise<readonly string[]> {
    const reply = await unary(call, (options) => this.#calls.cluster.memberList({}, options));
    return reply.members.flatMap((member) => member.clientURLs);
  }

  watch(prefix: string, from: bigint, token: string | undefined, handlers: RpcWatchHandlers): RpcWatch {
    const start = Buffer.from(prefix);
    const create_request = {
      key: rangeStart(start),
      range_end: rangeEnd(start),
      start_revision: String(from),
      fragment: true,
    };
    let ended = false;
    const end = (error: unknown) => {
      if (ended) return;
      ended = true;
      handlers.onEnd(toRpcError(error, undefined));
    };
    let opened: IDuplexStream<IWatchRequest, IWatchResponse> | undefined;
    const interceptors = [
      headers(
        token,
        () => {},
        () => ended,
      ),
    ];
    this.#watches.watchClient.watch({ interceptors }).then((stream) => {
      stream.on('data', (reply) => {
        if (!ended) handlers.onReply(toWatchReply(reply));
      });
      stream.on('error', end);
      stream.on('end', () => {
        if (!ended) end(new RpcError(status.unavailable, 'the watch stream ended'));
      });
      if (ended) {
        stream.cancel();
        return;
      }
      opened = stream;
      stream.write({ create_request });
    }, end);
    return {
      progress: () => {
        if (!ended) opened?.write({ progress_request: {} });
      },
      cancel: () => {
        ended = true;
        opened?.cancel();
      },
    };
  }

  close(): void {
    this.#calls.close();
    this.#watches.close();
  }
}

function libraryOptions(endpoint: string, tls: TlsMaterial | undefined): IOptions {
  const credentials = tls && {
    rootCertificate: tls.ca,
    ...(tls.cert !== undefined && tls.key !== undefined && { certChain: tls.cert, privateKey: tls.key }),
  };
  return {
    hosts: endpoint,
    ...(credentials !== undefined && { credentials }),
    faultHandling: { host: () => noop, global: noop },
    grpcOptions: {
      'grpc.keepalive_time_ms': PING_AFTER,
      'grpc.keepalive_timeout_ms': PING_ANSWER,
      'grpc.max_receive_message_length': -1,
      'grpc.enable_http_proxy': 0,
      'grpc.enable_retries': 0,
      'grpc.service_config_disable_resolution': 1,
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 1000,
      // grpc-js shares a connection between channels whose options are equal; this one makes them differ.
      'tenure.connection': ++connections,
    },
  };
}

interface LibraryCallOptions {
  readonly deadline: number;
  readonly interceptors: Interceptor[];
}

async function unary<T>(call: RpcCall, send: (options: LibraryCallOptions) => Promise<T>): Promise<T> {
  call.signal.throwIfAborted();
  let seen: RpcError | undefined;
  let running: InterceptingCall | undefined;
  const abort = () => running?.cancelWithStatus(status.cancelled, 'aborted');
  const interceptor: Interceptor = (options, next) => {
    // The library gets here a few turns after it was called.
    if (call.signal.aborted) throw new RpcError(status.cancelled, 'No connection established: aborted');
    running = headers(call.token, (error) => {
      seen = error;
    })(options, next);
    return running;
  };
  call.signal.addEventListener('abort', abort, { once: true });
  try {
    return await send({ deadline: Date.now() + call.timeout, interceptors: [interceptor] });
  } catch (error) {
    throw toRpcError(error, seen);
  } finally {
    call.signal.removeEventListener('abort', abort);
  }
}

/**
 * Sends the token, and `hasleader`: a member that knows of no leader then refuses the call, and ends the stream, by itself
 * (etcd, server/etcdserver/api/v3rpc/interceptor.go). Reports the raw status, which the library's errors have lost.
 * `isOver` says that nobody listens any more: the library must not see that a stream was cancelled then, or it drops the
 * connection and all that goes over it (etcd3, lib/connection-pool.js `resetAllServices`).
 */
function headers(token: string | undefined, onFailure: (error: RpcError) => void, isOver: () => boolean = () => false) {
  return (...[options, next]: Parameters<Interceptor>): InterceptingCall =>
    new InterceptingCall(next(options), {
      start: (metadata: Metadata, _listener, start) => {
        metadata.set('hasleader', 'true');
        if (token !== undefined) metadata.set('token', token);
        start(metadata, {
          onReceiveStatus: (received, forward) => {
            if (received.code !== 0) onFailure(new RpcError(received.code, received.details));
            const code = isOver() ? OK : received.code;
            forward({ ...received, code, details: received.details.replace(LIBRARY_LOOPS_ON, QUIET_TOKEN_ERROR) });
          },
        });
      },
    });
}

function toRpcError(error: unknown, seen: RpcError | undefined): RpcError {
  if (error instanceof RpcError) return error;
  if (seen !== undefined) return seen;
  const { code, details, message } = error as { code?: unknown; details?: unknown; message?: unknown };
  if (typeof code === 'number') {
    return new RpcError(code, String(details ?? message).replace(QUIET_TOKEN_ERROR, LIBRARY_LOOPS_ON));
  }
  // What the library throws by itself, it throws before it sends: a closed client, above all.
  const text = error instanceof EtcdError ? error.message : String(message);
  return new RpcError(status.unavailable, `No connection established: ${text}`);
}

function toHeader(header: IResponseHeader | null): RpcHeader {
  return {
    cluster: header?.cluster_id ?? '0',
    member: header?.member_id ?? '0',
    revision: BigInt(header?.revision ?? 0),
    term: BigInt(header?.raft_term ?? 0),
  };
}

function toKeyValue(kv: IKeyValue): RpcKeyValue {
  return {
    key: kv.key.toString(),
    value: kv.value,
    modRevision: BigInt(kv.mod_revision),
    lease: kv.lease === '0' ? undefined : kv.lease,
  };
}

function toWatchReply(reply: IWatchResponse): WatchReply {
  const compacted = reply.compact_revision !== '0' ? `compacted up to revision ${reply.compact_revision}` : '';
  return {
    header: toHeader(reply.header),
    created: reply.created,
    canceled: reply.canceled ? reply.cancel_reason || compacted || 'for no stated reason' : undefined,
    // Only the answer to a progress request belongs to no watch.
    progress: reply.watch_id === '-1' && !reply.created && !reply.canceled,
    fragment: reply.fragment,
    events: reply.events.map((event) => ({ deleted: event.type === 'Delete', entry: toKeyValue(event.kv) })),
  };
}
