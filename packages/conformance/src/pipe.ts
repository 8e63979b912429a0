import type { Socket } from 'node:net';

/** What happens to bytes of one direction: they pass, vanish, or wait. */
export type Flow = 'pass' | 'drop' | 'hold';

/** One direction of every connection of a proxy. May be changed while connections live. */
export interface Direction {
  flow: Flow;
  /** Milliseconds that every byte takes longer. */
  delay: number;
  /** The connection is reset after this many further bytes, most often in mid-packet. */
  tearAfter: number | undefined;
  /** Bytes that arrived, and those of them that were dropped. */
  bytes: number;
  lost: number;
}

/** Reading pauses above this, so that a frozen connection holds its sender back as a full window would. */
const WINDOW = 256 * 1024;

type Held = { readonly due: number; readonly chunk: Buffer | 'end' };

/** One direction of one connection. */
export class Pipe {
  /** Something was dropped: the stream can never go on from here. */
  broken = false;
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #direction: Direction;
  readonly #tear: () => void;
  readonly #held: Held[] = [];
  #heldBytes = 0;
  #timer: NodeJS.Timeout | undefined;

  /** `tear` resets the whole connection. */
  constructor(from: Socket, to: Socket, direction: Direction, tear: () => void) {
    this.#from = from;
    this.#to = to;
    this.#direction = direction;
    this.#tear = tear;
    from.on('data', (chunk: Buffer) => {
      direction.bytes += chunk.length;
      this.#take(chunk, chunk.length);
    });
    from.on('end', () => this.#take('end', 0));
    to.on('drain', () => this.flush());
    from.on('close', () => clearTimeout(this.#timer));
  }

  /** Lets go on what may. */
  flush(): void {
    clearTimeout(this.#timer);
    while (this.#held.length > 0 && this.#direction.flow !== 'hold') {
      const [{ due, chunk }] = this.#held as [Held];
      const wait = due - performance.now();
      if (wait > 0) {
        this.#timer = setTimeout(() => this.flush(), wait);
        return;
      }
      if (chunk !== 'end' && this.#to.writableNeedDrain) return;
      this.#held.shift();
      if (chunk !== 'end') this.#heldBytes -= chunk.length;
      if (this.#direction.flow === 'drop') this.#drop(chunk);
      else if (chunk === 'end') this.#to.end();
      else if (!this.#pass(chunk)) return;
    }
    if (this.#heldBytes < WINDOW) this.#from.resume();
  }

  /** Half of what was under way still goes out. */
  flushHalf(): void {
    const next = this.#held[0]?.chunk;
    if (Buffer.isBuffer(next) && this.#to.writable) this.#to.write(next.subarray(0, next.length / 2));
  }

  #take(chunk: Buffer | 'end', length: number): void {
    if (this.#direction.flow === 'drop') {
      this.#drop(chunk);
      return;
    }
    this.#held.push({ due: performance.now() + this.#direction.delay, chunk });
    this.#heldBytes += length;
    if (this.#heldBytes >= WINDOW) this.#from.pause();
    this.flush();
  }

  #drop(chunk: Buffer | 'end'): void {
    this.broken = true;
    if (chunk !== 'end') this.#direction.lost += chunk.length;
  }

  #pass(chunk: Buffer): boolean {
    const left = this.#direction.tearAfter;
    if (left !== undefined && left <= chunk.length) {
      this.#direction.tearAfter = undefined;
      // The reset goes out behind the bytes, or it would overtake them.
      this.#to.write(chunk.subarray(0, left), () => this.#tear());
      return false;
    }
    if (left !== undefined) this.#direction.tearAfter = left - chunk.length;
    this.#to.write(chunk);
    return true;
  }
}
