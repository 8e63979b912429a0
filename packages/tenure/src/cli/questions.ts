import { createInterface } from 'node:readline';

/** Asks on stderr, and takes each line of stdin for an answer, whether a terminal or a pipe is behind it. */
export class Questions implements Disposable {
  readonly #signal: AbortSignal;
  readonly #lines = createInterface({ input: process.stdin, terminal: false });
  readonly #answers = this.#lines[Symbol.asyncIterator]();
  readonly #stop = () => this.#lines.close();

  /** Aborting `signal` ends the question that is open. */
  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', this.#stop, { once: true });
  }

  /** The answer without outer white space; `undefined` when stdin has ended. @throws the reason of the signal */
  async ask(question: string): Promise<string | undefined> {
    this.#signal.throwIfAborted();
    process.stderr.write(`${question} `);
    // A stdin that was read to its end before has no end to tell of.
    if (!process.stdin.readableEnded) {
      const { value, done } = await this.#answers.next();
      this.#signal.throwIfAborted();
      if (done !== true) return value.trim();
    }
    process.stderr.write('\n');
    return undefined;
  }

  [Symbol.dispose](): void {
    this.#signal.removeEventListener('abort', this.#stop);
    this.#lines.close();
  }
}
