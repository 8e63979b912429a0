import { statSync } from 'node:fs';
import type { Clock } from './clock.ts';

/** Looking costs one stat call for each file. */
const LOOK_EVERY = 1000;

/** What was made of files, made again when one of them has changed. */
export class Rotated<T> {
  readonly #paths: readonly string[];
  readonly #clock: Clock;
  readonly #make: () => T;
  #made: T;
  #stamp: string;
  #looked: number;

  /** @throws what `make` throws, here only */
  constructor(paths: readonly string[], clock: Clock, make: () => T) {
    this.#paths = paths;
    this.#clock = clock;
    this.#make = make;
    this.#looked = clock.now();
    this.#stamp = stampOf(paths);
    this.#made = make();
  }

  /**
   * The same value as long as nothing changed. While a rotation is half done (a missing file, a key that does not belong to
   * its certificate) `make` throws, and the last good value stays in use.
   */
  current(): T {
    const now = this.#clock.now();
    if (now - this.#looked < LOOK_EVERY) return this.#made;
    this.#looked = now;
    try {
      const stamp = stampOf(this.#paths);
      if (stamp !== this.#stamp) {
        this.#made = this.#make();
        this.#stamp = stamp;
      }
    } catch {
      // The stamp is left alone, so the next look tries again.
    }
    return this.#made;
  }
}

/** Follows links, as mounted secrets are swapped by one. */
function stampOf(paths: readonly string[]): string {
  return paths
    .map((path) => {
      const { ino, mtimeMs, size } = statSync(path, { throwIfNoEntry: false }) ?? { ino: 0, mtimeMs: 0, size: 0 };
      return `${ino}:${mtimeMs}:${size}`;
    })
    .join();
}
