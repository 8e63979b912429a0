import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Clock } from '@tenure/core';

/**
 * Milliseconds after a file event at which to look again: the event tells of bytes in the log, and their writer publishes
 * them only a moment later, which the scheduler can stretch.
 */
const LOOK_AGAIN = [2, 8, 30];

/**
 * Wakes when SQLite's files change, by the kernel's file events. They come and go with the first and the last connection, so
 * the directory is watched. Where the kernel refuses (no inotify watches left), the watches' own poll remains. Nothing here
 * keeps the process up.
 */
export class DirectoryWatch {
  readonly #directory: string;
  readonly #names: ReadonlySet<string>;
  readonly #clock: Clock;
  readonly #wake: () => void;
  #watcher: FSWatcher | undefined;
  #cancelTimer: (() => void) | undefined;

  constructor(path: string, clock: Clock, wake: () => void) {
    this.#directory = dirname(path);
    const base = basename(path);
    this.#names = new Set([base, `${base}-wal`]);
    this.#clock = clock;
    this.#wake = wake;
  }

  start(): void {
    try {
      this.#watcher = watch(this.#directory, { persistent: false });
    } catch {
      return;
    }
    this.#watcher.on('change', (_type, name) => {
      if (name === null || this.#names.has(String(name))) this.#look(0);
    });
    this.#watcher.on('error', () => this.stop());
  }

  stop(): void {
    this.#cancelTimer?.();
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  #look(round: number): void {
    this.#cancelTimer?.();
    this.#wake();
    const wait = LOOK_AGAIN[round];
    if (wait !== undefined && this.#watcher !== undefined) {
      this.#cancelTimer = this.#clock.timer(wait, () => this.#look(round + 1));
    }
  }
}
