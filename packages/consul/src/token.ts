import { readFileSync, statSync } from 'node:fs';
import type { Clock } from '@tenure/core';

const LOOK_EVERY = 1000;

/** The ACL token to send now: a file is read again when it has changed. */
export class TokenFile {
  readonly #path: string;
  readonly #clock: Clock;
  #token: string;
  #stamp: string;
  #looked: number;

  /** @throws TypeError when the file cannot be read or is empty. */
  constructor(path: string, clock: Clock) {
    this.#path = path;
    this.#clock = clock;
    this.#looked = clock.now();
    try {
      this.#stamp = stampOf(path);
      this.#token = read(path);
    } catch (error) {
      throw new TypeError(`consul: tokenFile is ${path}, which cannot be used: ${(error as Error).message}`);
    }
  }

  /** While the file is missing or empty, the last token stays in use. */
  current(): string {
    const now = this.#clock.now();
    if (now - this.#looked < LOOK_EVERY) return this.#token;
    this.#looked = now;
    try {
      const stamp = stampOf(this.#path);
      if (stamp !== this.#stamp) {
        this.#token = read(this.#path);
        this.#stamp = stamp;
      }
    } catch {
      // The stamp is left alone, so the next look tries again.
    }
    return this.#token;
  }
}

/** Follows links, as mounted secrets are swapped by one. */
function stampOf(path: string): string {
  const { ino, mtimeMs, size } = statSync(path);
  return `${ino}:${mtimeMs}:${size}`;
}

function read(path: string): string {
  const token = readFileSync(path, 'utf8').trim();
  if (token === '') throw new Error('it is empty');
  return token;
}
