import type { Clock, TlsMaterial } from '@tenure/core';
import { type Dialed, dial, type Server } from './dial.ts';
import { assertBytes, assertReply, framed } from './frames.ts';
import {
  type ConnectionManager,
  createClient,
  jute,
  type LibraryCallback,
  type LibraryResponse,
  managerState,
} from './library.ts';
import { code, ZkError } from './rpc.ts';
import type { Servers } from './servers.ts';

export interface GuardedOptions {
  /** Shared with the other connections of the store. */
  readonly servers: Servers;
  /** Asked of the server as the session's timeout, milliseconds. */
  readonly timeout: number;
  /**
   * Milliseconds that one server gets at most from the dialing to the answered handshake. It gets less when a call waits whose
   * time would not be enough for all.
   */
  readonly handshake: number;
  readonly tls: () => TlsMaterial | undefined;
  readonly auth: readonly { readonly scheme: string; readonly credential: string }[];
  readonly clock: Clock;
  /** Whether to connect again after a loss though no call waits for it. */
  readonly keepUp: () => boolean;
}

/** Who waits for a connection, and until when at most. */
export interface Waiting {
  readonly signal: AbortSignal;
  /** By the clock of the options. */
  readonly deadline?: number;
  /** What the last dialing met with that it waited for, in words; `undefined` once there is a connection. */
  trouble?: string | undefined;
}

/** `idle`: without a connection, and not after one. The last three are final. */
export type WireState = 'idle' | 'connecting' | 'connected' | 'expired' | 'denied' | 'stopped';

const FIRST_PAUSE = 50;
const LONGEST_PAUSE = 1000;
/** The xids of what comes in no answer to a request: a watch that fired, and the answers to a ping and to credentials. */
const UNASKED = [-1, -2, -4];

/**
 * One session, through one instance of node-zookeeper-client, of which only the codec, the handshake and the pairing of
 * replies are used. Everything else of it is replaced: dialing (TLS, IPv6, a deadline up to the answered handshake),
 * framing (a cut packet never reaches the next connection; no bytes make it throw), pings, watches, and the queue:
 * nothing is ever queued across a disconnect, and what was given up before it was written is not written.
 */
export class GuardedClient {
  /** Called after each change of `state`. */
  onState: () => void = () => {};
  /** A znode that a read with `watch` was about has changed. Called before any reply that shows the change. */
  onEvent: (path: string) => void = () => {};
  readonly #options: GuardedOptions;
  readonly #manager: ConnectionManager;
  readonly #ended = new AbortController();
  readonly #waiting = new Map<() => void, Waiting>();
  #state: WireState = 'idle';
  #line: Dialed | undefined;
  #server: Server | undefined;
  #failures = 0;
  #dialing = false;
  #greeted = 0;
  #answered = Number.NEGATIVE_INFINITY;

  constructor(options: GuardedOptions) {
    this.#options = options;
    // The library cannot parse IPv6 and need not: it never dials.
    const client = createClient('localhost:2181', { sessionTimeout: options.timeout, retries: 0 });
    for (const { scheme, credential } of options.auth) client.addAuthInfo(scheme, Buffer.from(credential));
    this.#manager = client.connectionManager;
    this.#manager.connect = () => this.#reconnect();
    // Its pings go on for as long as the process lives. Ours do not.
    this.#manager.onSocketTimeout = () => {};
    // With no watch in its books the library does not set watches again by itself: who watches reads anew.
    this.#manager.watcherManager = { isEmpty: () => true, emit: ({ path }) => this.onEvent(path ?? '') };
    this.#manager.on('state', (state) => this.#follow(state));
  }

  get state(): WireState {
    return this.#state;
  }

  /** Decimal, as znodes name their owner; `0` before the first connection. */
  get sessionId(): string {
    return this.#manager.sessionId.readBigInt64BE().toString();
  }

  /** As the server granted it, milliseconds. */
  get timeout(): number {
    return this.#manager.sessionTimeout;
  }

  /** When the latest request that was answered had been sent: the server heard from the session no earlier than that. */
  get answeredAt(): number {
    return this.#answered;
  }

  /** Resolves when connected. @throws ZkError when the session has ended; the reason of `signal` */
  async ready(waiting: Waiting): Promise<void> {
    const { signal } = waiting;
    while (this.#state !== 'connected') {
      signal.throwIfAborted();
      if (this.#state === 'expired') throw new ZkError(code.sessionExpired, false);
      if (this.#state === 'denied') throw new ZkError(code.authFailed, false);
      if (this.#state === 'stopped') throw new ZkError(code.notConnected, false);
      const changed = Promise.withResolvers<void>();
      const wake = () => changed.resolve();
      this.#waiting.set(wake, waiting);
      signal.addEventListener('abort', wake, { once: true });
      if (this.#state === 'idle') this.#reconnect();
      try {
        await changed.promise;
      } finally {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
      }
    }
    waiting.trouble = undefined;
  }

  /** Breaks the connection: what is under way fails, and it is dialed again when it is wanted. */
  drop(): void {
    this.#line?.drop();
  }

  /** Ends the wire and not the session, which lives on until the server finds it expired. Idempotent. */
  stop(): void {
    this.#finish('stopped');
  }

  /** One request, if there is a connection. When `writes` and given up, the connection is broken: no buffer delivers it later. */
  async request<T>(
    type: number,
    payload: unknown,
    writes: boolean,
    signal: AbortSignal | undefined,
    decode: (response: LibraryResponse) => T,
  ): Promise<T> {
    signal?.throwIfAborted();
    const line = this.#line;
    // One that was dropped is told to be closed a moment later.
    if (this.#state !== 'connected' || line === undefined || line.socket.destroyed) {
      throw new ZkError(code.notConnected, false);
    }
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const request = new jute.Request(Object.assign(new jute.protocol.RequestHeader(), { type }), payload);
    const sentAt = this.#options.clock.now();
    let settled = false;
    const callback: LibraryCallback = (error, response) => {
      settled = true;
      if (error !== null) {
        if (error.code < code.connectionLoss) this.#answered = Math.max(this.#answered, sentAt);
        reject(error instanceof ZkError ? error : new ZkError(error.code, true));
        return;
      }
      this.#answered = Math.max(this.#answered, sentAt);
      try {
        resolve(decode(response as LibraryResponse));
      } catch {
        reject(new ZkError(code.malformed, true));
        line.drop();
      }
    };
    const giveUp = () => {
      if (settled) return;
      const { queue } = this.#manager.packetQueue;
      const at = queue.findIndex((packet) => packet.request === request);
      if (at !== -1) {
        queue.splice(at, 1);
        reject(new ZkError(code.notConnected, false));
      } else if (writes || this.#answered < sentAt) {
        line.drop();
      }
    };
    signal?.addEventListener('abort', giveUp, { once: true });
    try {
      try {
        this.#manager.queue(request, callback);
      } catch (error) {
        // Half of it may be in the library's books.
        line.drop();
        throw new ZkError(code.malformed, true, `the request cannot be sent: ${(error as Error).message}`);
      }
      return await promise;
    } finally {
      signal?.removeEventListener('abort', giveUp);
    }
  }

  /** Called by the library after each loss, too. */
  #reconnect(): void {
    if (this.#ended.signal.aborted || this.#dialing) return;
    if (this.#waiting.size === 0 && !this.#options.keepUp()) {
      this.#set('idle');
      return;
    }
    this.#dialing = true;
    this.#manager.setState(managerState.connecting);
    this.#dial().catch(() => this.#reconnect());
  }

  async #dial(): Promise<void> {
    const { servers, clock, handshake, tls } = this.#options;
    const rounds = Math.floor(this.#failures / servers.count);
    if (this.#failures > 0) {
      const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** rounds) * (rounds === 0 ? 0.2 : 0.5 + Math.random() / 2);
      await clock.sleep(pause, this.#ended.signal).catch(() => {});
    }
    this.#dialing = false;
    if (this.#ended.signal.aborted) return;
    this.#failures += 1;
    const server = servers.next;
    let cancel = () => {};
    const line: Dialed = dial(server, tls(), {
      onOpen: () => {
        this.#greeted = clock.now();
        this.#manager.onSocketConnected();
      },
      onData: framed((frame) => this.#take(frame)),
      onDrain: () => this.#manager.onSocketDrain(),
      onError: ({ message }) => {
        for (const waiting of this.#waiting.values()) waiting.trouble = `${server.host}:${server.port}: ${message}`;
      },
      onClose: (hadError) => {
        cancel();
        if (!this.#ended.signal.aborted) servers.avoid(server);
        this.#flush();
        if (this.#manager.socket === line.socket) this.#manager.onSocketClosed(hadError);
      },
    });
    this.#line = line;
    this.#server = server;
    this.#manager.socket = line.socket;
    const deadlines = [...this.#waiting.values()].map(({ deadline = Infinity }) => deadline);
    const left = Math.min(...deadlines) - clock.now();
    cancel = clock.timer(Math.min(handshake, servers.share(left, rounds)), () => {
      if (this.#line === line && this.#state !== 'connected') line.drop();
    });
  }

  /** What was not written by now never is; the library would write it on the next connection. */
  #flush(): void {
    for (const { callback } of this.#manager.packetQueue.queue.splice(0)) {
      callback(new ZkError(code.notConnected, false));
    }
  }

  /** One whole packet. Throws when it is not what it must be; the connection is given up then. */
  #take(frame: Buffer): void {
    const manager = this.#manager;
    if (manager.state === managerState.connecting) {
      assertBytes(frame, 20);
      const known = manager.sessionId.readBigInt64BE();
      // A timeout of 0 says so too, and the library understands that.
      if (known !== 0n && frame.readInt32BE(8) > 0 && frame.readBigInt64BE(12) !== known) this.#finish('expired');
      else manager.onSocketData(frame);
      return;
    }
    const xid = frame.readInt32BE(4);
    const err = frame.readInt32BE(16);
    if (xid < 0) {
      if (!UNASKED.includes(xid)) throw new Error(`a packet of kind ${xid}`);
      manager.onSocketData(frame);
      return;
    }
    const packet = manager.pendingQueue[0];
    if (packet?.request.header.xid !== xid) throw new Error('a reply to nothing that was asked');
    if (err !== 0) {
      // The library throws on the codes that it does not know.
      manager.pendingQueue.shift();
      packet.callback(err === code.noNode ? new NoNode(frame.readBigInt64BE(8)) : new ZkError(err, true));
      // The server closes the session with this answer, and is about to close the connection.
      if (err === code.loginWanted) this.#finish('denied');
      return;
    }
    try {
      assertReply(packet.request.header.type, frame);
      manager.onSocketData(frame);
    } catch (error) {
      packet.callback(new ZkError(code.malformed, true));
      throw error;
    }
  }

  #follow(state: number): void {
    if (this.#ended.signal.aborted) return;
    if (state === managerState.connected) {
      this.#failures = 0;
      if (this.#server !== undefined) this.#options.servers.prefer(this.#server);
      this.#answered = Math.max(this.#answered, this.#greeted);
      this.#set('connected');
    } else if (state === managerState.sessionExpired) this.#finish('expired');
    else if (state === managerState.authenticationFailed) this.#finish('denied');
    else this.#set('connecting');
  }

  #finish(state: 'expired' | 'denied' | 'stopped'): void {
    if (this.#ended.signal.aborted) return;
    this.#ended.abort();
    this.#set(state);
    this.#flush();
    this.#line?.drop();
    for (const packet of this.#manager.pendingQueue.splice(0)) packet.callback(new ZkError(code.connectionLoss, true));
  }

  #set(state: WireState): void {
    if (this.#state === state) return;
    this.#state = state;
    for (const wake of [...this.#waiting.keys()]) wake();
    this.onState();
  }
}

/** A read of what is not there: an answer. */
export class NoNode extends ZkError {
  readonly zxid: bigint;

  constructor(zxid: bigint) {
    super(code.noNode, true);
    this.zxid = zxid;
  }
}
