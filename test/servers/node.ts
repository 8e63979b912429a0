import { type ServerCommand, ServerProcess } from './process.ts';

/** One server of a cluster. Its ports and data stay the same over `kill` and `restart`. */
export abstract class ServerNode {
  /** `n1` and so on. */
  readonly name: string;
  /** `127.0.0.1:port`: where clients come. */
  readonly endpoint: string;
  readonly #process: ServerProcess;

  constructor(endpoint: string, command: ServerCommand) {
    this.name = command.name;
    this.endpoint = endpoint;
    this.#process = new ServerProcess(command);
  }

  /** It serves clients just now, in a cluster of `count` nodes. */
  abstract isHealthy(count: number): Promise<boolean>;

  /** It is the leader by its own account. May reject when it does not answer. */
  abstract isLeader(): Promise<boolean>;

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
}
