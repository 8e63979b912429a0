import { closeSync, openSync, writeSync } from 'node:fs';
import type { HistoryEvent } from '@tenure/conformance';

/** Events of one process, appended to its file: one write each, so that kill -9 costs the last line at most. */
export class Journal implements Disposable {
  readonly #file: number;

  constructor(path: string) {
    this.#file = openSync(path, 'a');
  }

  append(event: HistoryEvent): void {
    writeSync(this.#file, `${JSON.stringify(event)}\n`);
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }
}
