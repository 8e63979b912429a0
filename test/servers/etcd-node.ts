import type { EtcdPorts } from './etcd-options.ts';
import { type ServerCommand, ServerProcess } from './process.ts';

/** Milliseconds for an answer of a node's metrics port; a frozen node gives none. */
const answerWithin = 1_000;

/** One etcd process of a cluster. Its ports and data stay the same over `kill` and `restart`. */
export class EtcdNode {
  /** `127.0.0.1:port`, and so the other two. */
  readonly endpoint: string;
  readonly peerEndpoint: string;
  /** Plain HTTP, also under TLS: /health and /metrics. */
  readonly metricsEndpoint: string;
  readonly #process: ServerProcess;

  constructor(ports: EtcdPorts, command: ServerCommand) {
    this.endpoint = `127.0.0.1:${ports.client}`;
    this.peerEndpoint = `127.0.0.1:${ports.peer}`;
    this.metricsEndpoint = `127.0.0.1:${ports.metrics}`;
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

  /** It knows a leader and completed a read by quorum just now. */
  async isHealthy(): Promise<boolean> {
    try {
      const response = await this.#get('/health');
      return ((await response.json()) as { health?: string }).health === 'true';
    } catch {
      return false;
    }
  }

  /** It serves its peers and answers, be it that it has no leader. */
  async isAnswering(): Promise<boolean> {
    try {
      await (await this.#get('/health')).text();
      return true;
    } catch {
      return false;
    }
  }

  /** The text of /metrics. Rejects when the node does not answer within a second. */
  async metrics(): Promise<string> {
    return await (await this.#get('/metrics')).text();
  }

  #get(path: string): Promise<Response> {
    return fetch(`http://${this.metricsEndpoint}${path}`, { signal: AbortSignal.timeout(answerWithin) });
  }
}
