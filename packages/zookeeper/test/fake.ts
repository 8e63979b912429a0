import { createServer, type Server, type Socket } from 'node:net';

/** What the fake server knows of a request when it makes up an answer. */
export interface Asked {
  readonly xid: number;
  readonly type: number;
  /** Of a multi: the kind of each op. */
  readonly ops: readonly number[];
}

/** The bytes to send for the handshake (`undefined`) or a request, once `after` is over; `close` breaks the connection then. */
export type Answerer = (asked: Asked | undefined) => {
  readonly bytes: Buffer;
  readonly close?: boolean;
  readonly after?: Promise<unknown>;
};

/** A server that reads ZooKeeper's requests and answers whatever it is told to. */
export class FakeServer implements AsyncDisposable {
  answer: Answerer;
  /** Requests that came, handshakes included. */
  asked = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(answer: Answerer) {
    this.answer = answer;
    this.#server = createServer((socket) => this.#serve(socket));
  }

  static async open(answer: Answerer): Promise<FakeServer> {
    const fake = new FakeServer(answer);
    await new Promise<void>((resolve) => fake.#server.listen(0, '127.0.0.1', resolve));
    return fake;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the server is closed');
    return address.port;
  }

  /** Breaks every connection. New ones are welcome. */
  reset(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
    let rest = Buffer.alloc(0);
    let greeted = false;
    socket.on('data', (bytes) => {
      rest = Buffer.concat([rest, bytes]);
      while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
        const frame = rest.subarray(4, 4 + rest.readInt32BE(0));
        rest = rest.subarray(4 + frame.length);
        this.asked++;
        const asked = greeted ? read(frame) : undefined;
        greeted = true;
        const { bytes: reply, close, after } = this.answer(asked);
        const send = () => {
          if (socket.destroyed) return;
          socket.write(reply);
          if (close === true) socket.destroySoon();
        };
        if (after === undefined) send();
        else void after.then(send);
      }
    });
  }
}

function read(frame: Buffer): Asked {
  const [xid, type] = [frame.readInt32BE(0), frame.readInt32BE(4)];
  return { xid, type, ops: type === 14 ? opsOf(frame) : [] };
}

/** Each op is a header of nine bytes, the last of which is not followed by a request. */
function opsOf(frame: Buffer): readonly number[] {
  const ops: number[] = [];
  const bytes = (at: number) => at + 4 + Math.max(0, frame.readInt32BE(at));
  for (let at = 8; frame.readUInt8(at + 4) === 0; ) {
    const type = frame.readInt32BE(at);
    ops.push(type);
    at = bytes(at + 9);
    if (type === 1 || type === 5) at = bytes(at);
    // One entry of access control: permissions, scheme and id.
    if (type === 1) at = bytes(bytes(at + 8));
    // The flags of what is created, the version of everything else.
    at += 4;
  }
  return ops;
}

function packet(...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([int(body.length), body]);
}

export function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value | 0);
  return bytes;
}

export function long(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}

function text(value: string): Buffer {
  return Buffer.concat([int(Buffer.byteLength(value)), Buffer.from(value)]);
}

const stat = Buffer.concat([
  ...[long(1n), long(2n), long(0n), long(0n)],
  ...[int(0), int(0), int(0), long(0n), int(1), int(0), long(3n)],
]);

export function greeting(session = 7n, timeout = 10_000): Buffer {
  return packet(int(0), int(timeout), long(session), int(16), Buffer.alloc(16, 1));
}

/** A sound reply to a request, or one with an error code. `value`: what is read. */
export function reply({ xid, type, ops }: Asked, err = 0, value = 'x'): Buffer {
  const header = [int(xid), long(9n), int(err)];
  if (err !== 0) return packet(...header);
  if (type === 4) return packet(...header, text(value), stat);
  if (type === 12) return packet(...header, int(0), stat);
  if (type === 14) return packet(...header, ...ops.map(result), int(-1), Buffer.of(1), int(-1));
  return type === 3 ? packet(...header, stat) : packet(...header);
}

/** A creation tells its path, a change the znode; the others tell nothing. */
function result(op: number): Buffer {
  const body = op === 1 ? text('/a/b') : op === 5 ? stat : Buffer.alloc(0);
  return Buffer.concat([int(op), Buffer.of(0), int(0), body]);
}

/** A watch that fired. */
export function notification(path: string): Buffer {
  return packet(int(-1), long(-1n), int(0), int(3), int(3), text(path));
}
