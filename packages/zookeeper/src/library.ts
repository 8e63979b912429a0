import { createRequire } from 'node:module';
import type { Socket } from 'node:net';

/** The parts of node-zookeeper-client 1.1.3 that `wire.ts` uses. The package has no types of its own. */
const require = createRequire(import.meta.url);

export interface LibraryStat {
  readonly czxid: Buffer;
  readonly mzxid: Buffer;
  readonly pzxid: Buffer;
  readonly version: number;
  readonly ephemeralOwner: Buffer;
  readonly numChildren: number;
}

export interface LibraryHeader {
  xid: number;
  type: number;
}

export interface LibraryResponse {
  readonly header: { readonly zxid: Buffer; readonly err: number };
  readonly payload: unknown;
}

export type LibraryCallback = (error: { readonly code: number } | null, response?: LibraryResponse) => void;

export interface LibraryRequest {
  readonly header: LibraryHeader;
}

interface Packet {
  readonly request: LibraryRequest;
  readonly callback: LibraryCallback;
}

/** lib/ConnectionManager.js. */
export interface ConnectionManager {
  state: number;
  socket: Socket | undefined;
  sessionId: Buffer;
  readonly sessionTimeout: number;
  readonly packetQueue: { readonly queue: Packet[] };
  readonly pendingQueue: Packet[];
  watcherManager: { isEmpty(): boolean; emit(event: { readonly path?: string }): void };
  connect: () => void;
  onSocketTimeout: () => void;
  setState(state: number): void;
  onSocketConnected(): void;
  onSocketData(frame: Buffer): void;
  onSocketDrain(): void;
  onSocketClosed(hadError: boolean): void;
  queue(request: LibraryRequest, callback: LibraryCallback): void;
  on(event: 'state', listener: (state: number) => void): void;
}

/** lib/ConnectionManager.js `STATES`. */
export const managerState = {
  disconnected: 0,
  connecting: 1,
  connected: 2,
  sessionExpired: -3,
  authenticationFailed: -4,
} as const;

export interface LibraryClient {
  readonly connectionManager: ConnectionManager;
  addAuthInfo(scheme: string, auth: Buffer): void;
}

export const { createClient } = require('node-zookeeper-client') as {
  createClient(servers: string, options: { sessionTimeout: number; retries: number }): LibraryClient;
};

interface RecordClass<Fields> {
  new (): Fields;
}

/** One op of a multi as `jute.TransactionRequest` takes it. */
export interface LibraryOp {
  readonly type: number;
  readonly path: string;
  readonly data?: Buffer | undefined;
  readonly version?: number;
  readonly acls?: readonly { toRecord(): unknown }[];
  readonly mode?: number;
}

interface PathRequest {
  path: string;
  watch: boolean;
}

/** lib/jute: the codec. */
export const jute = require('node-zookeeper-client/lib/jute/index.js') as {
  readonly OP_CODES: Readonly<
    Record<
      | 'CREATE'
      | 'DELETE'
      | 'EXISTS'
      | 'GET_DATA'
      | 'SET_DATA'
      | 'GET_CHILDREN2'
      | 'CHECK'
      | 'MULTI'
      | 'CLOSE_SESSION'
      | 'ERROR',
      number
    >
  >;
  readonly Request: new (header: LibraryHeader, payload: unknown) => LibraryRequest;
  readonly TransactionRequest: new (ops: readonly LibraryOp[]) => { byteLength(): number };
  readonly data: {
    readonly ACL: new (permissions: number, id: unknown) => unknown;
    readonly Id: new (scheme: string, id: string) => unknown;
  };
  readonly protocol: {
    readonly RequestHeader: RecordClass<LibraryHeader>;
    readonly GetDataRequest: RecordClass<PathRequest>;
    readonly ExistsRequest: RecordClass<PathRequest>;
    readonly GetChildren2Request: RecordClass<PathRequest>;
  };
};
