import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { type HistoryEvent, parseHistory } from '@tenure/conformance';

const CHUNK = 64 * 1024;
const LINE_FEED = 0x0a;

/** The events of a file that another process appends to. Each byte is read once: whoever looks often costs the others little. */
export class EventFile {
  readonly #path: string;
  readonly #events: HistoryEvent[] = [];
  #read = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** All that is written until now, in whole lines. */
  get events(): readonly HistoryEvent[] {
    if (existsSync(this.#path)) this.#readOn();
    return this.#events;
  }

  #readOn(): void {
    const file = openSync(this.#path, 'r');
    try {
      const chunks: Buffer[] = [];
      for (let at = this.#read; ; ) {
        const chunk = Buffer.alloc(CHUNK);
        const length = readSync(file, chunk, 0, CHUNK, at);
        if (length === 0) break;
        chunks.push(chunk.subarray(0, length));
        at += length;
      }
      const bytes = Buffer.concat(chunks);
      const whole = bytes.subarray(0, bytes.lastIndexOf(LINE_FEED) + 1);
      this.#events.push(...parseHistory(whole.toString('utf8'), this.#path));
      this.#read += whole.length;
    } finally {
      closeSync(file);
    }
  }
}
