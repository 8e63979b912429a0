import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** Milliseconds: after a working day a browser has to show the token again. */
const LIFETIME = 12 * 3_600_000;

/** Who knows the token, and which browsers have shown it. They are forgotten when the server ends. */
export class Sessions {
  readonly #token: Buffer;
  /** By the hash of its id: when it ends, on the monotonic clock. */
  readonly #ends = new Map<string, number>();

  constructor(token: string) {
    this.#token = hash(token);
  }

  /** In a time that tells nothing of the token. */
  isToken(text: string): boolean {
    return timingSafeEqual(hash(text), this.#token);
  }

  /** The id of a new session, which nobody can guess. */
  start(): string {
    const now = performance.now();
    for (const [known, end] of this.#ends) if (end <= now) this.#ends.delete(known);
    const id = randomBytes(32).toString('base64url');
    this.#ends.set(hash(id).toString('hex'), now + LIFETIME);
    return id;
  }

  has(id: string): boolean {
    return (this.#ends.get(hash(id).toString('hex')) ?? 0) > performance.now();
  }

  end(id: string): void {
    this.#ends.delete(hash(id).toString('hex'));
  }
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
