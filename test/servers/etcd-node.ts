import type { EtcdPorts } from './etcd-options.ts';
import { ServerNode } from './node.ts';
import type { ServerCommand } from './process.ts';

/** Milliseconds for an answer of a node's metrics port; a frozen node gives none. */
const answerWithin = 1_000;

/** One etcd process of a cluster. */
export class EtcdNode extends ServerNode {
  /** `127.0.0.1:port`, and so the other one. */
  readonly peerEndpoint: string;
  /** Plain HTTP, also under TLS: /health and /metrics. */
  readonly metricsEndpoint: string;

  /** `host`: where clients come. */
  constructor(ports: EtcdPorts, command: ServerCommand, host = '127.0.0.1') {
    super(`${host}:${ports.client}`, command);
    this.peerEndpoint = `${host}:${ports.peer}`;
    this.metricsEndpoint = `${host}:${ports.metrics}`;
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

  async isLeader(): Promise<boolean> {
    return /^etcd_server_is_leader 1$/m.test(await this.metrics());
  }

  /** The text of /metrics. Rejects when the node does not answer within a second. */
  async metrics(): Promise<string> {
    return await (await this.#get('/metrics')).text();
  }

  #get(path: string): Promise<Response> {
    return fetch(`http://${this.metricsEndpoint}${path}`, { signal: AbortSignal.timeout(answerWithin) });
  }
}
