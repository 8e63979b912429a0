import { createInterface, type Interface } from 'node:readline';

/**
 * Asks on stderr, and takes each line of stdin for an answer, whether a terminal or a pipe is behind it. One for all questions of
 * a command: of a pipe it may have read further than it was asked. Stdin is not touched before the first.
 */
export class Questions implements Disposable {
  readonly #signal: AbortSignal;
  #lines: Interface | undefined;
  #answers: AsyncIterator<string> | undefined;
  readonly #stop = () => this.#lines?.close();

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
    if (this.#answers !== undefined || !process.stdin.readableEnded) {
      this.#lines ??= createInterface({ input: process.stdin, terminal: false });
      this.#answers ??= this.#lines[Symbol.asyncIterator]();
      const { value, done } = await this.#answers.next();
      this.#signal.throwIfAborted();
      if (done !== true) return value.trim();
    }
    process.stderr.write('\n');
    return undefined;
  }

  [Symbol.dispose](): void {
    this.#signal.removeEventListener('abort', this.#stop);
    this.#stop();
  }
}
