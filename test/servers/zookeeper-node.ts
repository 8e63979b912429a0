import { createConnection } from 'node:net';
import { type ServerCommand, ServerProcess } from './process.ts';
import type { ZooKeeperPorts } from './zookeeper-options.ts';

/** Milliseconds for the answer to a four-letter word; a frozen node gives none. */
const answerWithin = 1_000;

/** One ZooKeeper process of an ensemble. Its ports and data stay the same over `kill` and `restart`. */
export class ZooKeeperNode {
  /** `127.0.0.1:port`: where clients come, with tls the secure port. */
  readonly endpoint: string;
  readonly #plainPort: number;
  readonly #process: ServerProcess;

  constructor(ports: ZooKeeperPorts, tls: boolean, command: ServerCommand) {
    this.endpoint = `127.0.0.1:${tls ? ports.secure : ports.client}`;
    this.#plainPort = ports.client;
    this.#process = new ServerProcess(command);
  }

  /** Of the last run. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Also true while frozen. */
  get alive(): boolean {
    return this.#process.alive;
  }

  get frozen(): boolean {
    return this.#process.frozen;
  }

  /** The server ended though nobody stopped it. */
  get crashed(): boolean {
    return this.#process.crashed;
  }

  /** The last lines it logged. */
  get logTail(): string {
    return this.#process.logTail();
  }

  /** Starts the process, the first time or again after `kill` or `terminate`. Does not wait until it serves. */
  async restart(): Promise<void> {
    await this.#process.start();
  }

  /** SIGKILL; resolves when the process is gone. */
  async kill(): Promise<void> {
    await this.#process.kill();
  }

  /** SIGTERM, and SIGKILL after 10 s; resolves when the process is gone. */
  async terminate(): Promise<void> {
    await this.#process.terminate();
  }

  /** SIGSTOP: connections stay open and nothing is answered. Resolves when the process stands still. */
  async freeze(): Promise<void> {
    await this.#process.freeze();
  }

  /** SIGCONT. */
  thaw(): void {
    this.#process.thaw();
  }

  /** `leader`, `follower`, `standalone`; undefined while it does not serve. `ruok` would say imok long before that. */
  async mode(): Promise<string | undefined> {
    if (!this.alive || this.frozen) return undefined;
    try {
      return /^Mode: (\w+)$/m.exec(await this.fourLetterWord('srvr'))?.[1];
    } catch {
      return undefined;
    }
  }

  /** What the server answers to `srvr`, `mntr`, `cons`, `wchs` … Rejects when it does not within a second. */
  fourLetterWord(word: string): Promise<string> {
    return fourLetterWord('127.0.0.1', this.#plainPort, word);
  }
}

/** What the server at a plain port answers. Rejects when it does not within a second. */
export function fourLetterWord(host: string, port: number, word: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = createConnection({ host, port });
    const timer = setTimeout(() => socket.destroy(new Error(`no answer to ${word}`)), answerWithin);
    socket.setEncoding('utf8');
    socket.on('connect', () => socket.write(word));
    socket.on('data', (text) => {
      answer += text;
    });
    socket.on('error', reject);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(answer);
    });
  });
}
