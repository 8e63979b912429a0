/** What a harness of the suite wants of a cluster, whether its servers are plain processes or containers. */
export interface Served {
  /** `127.0.0.1:port` of every node. */
  readonly endpoints: readonly string[];
  readonly nodes: readonly ServedNode[];
  /** Resolves when every node that was not killed serves. */
  ready(): Promise<void>;
}

export interface ServedNode {
  kill(): Promise<void>;
  /** Starts it again on the same data and port. */
  restart(): Promise<void>;
}

/** Restarts every node, one after the other. */
export async function restartEach(cluster: Served): Promise<void> {
  for (const node of cluster.nodes) {
    await node.kill();
    await node.restart();
    await cluster.ready();
  }
}

/** Of `host:port`. */
export function toAddress(endpoint: string): { readonly host: string; readonly port: number } {
  const [host = '', port] = endpoint.split(':');
  return { host, port: Number(port) };
}
