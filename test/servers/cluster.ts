import { setTimeout as sleep } from 'node:timers/promises';
import type { Certificates } from './certs.ts';
import type { ServerNode } from './node.ts';

const starts = 3;

/** Milliseconds between two looks at the nodes. */
const lookEvery = 20;

export interface ClusterParts<N extends ServerNode> {
  readonly nodes: readonly N[];
  /** With tls. */
  readonly certs: Certificates | undefined;
  /** The ports and the folder. */
  readonly held: AsyncDisposableStack;
}

/** A running cluster; it dies with this process at the latest, and its folder with it. */
export class ServerCluster<N extends ServerNode> implements AsyncDisposable {
  readonly nodes: readonly N[];
  /** `127.0.0.1:port` of every node, where clients come. */
  readonly endpoints: readonly string[];
  /** The store as Tenure's URL, without a scope. */
  readonly url: string;
  /** With tls. */
  readonly certs: Certificates | undefined;
  readonly #store: string;
  readonly #startWithin: number;
  readonly #held: AsyncDisposableStack;

  /** `store` as its makers write it; `startWithin`: milliseconds that a new cluster gets until every node serves. */
  constructor(store: string, startWithin: number, { nodes, certs, held }: ClusterParts<N>) {
    this.#store = store;
    this.#startWithin = startWithin;
    this.#held = held;
    this.nodes = nodes;
    this.endpoints = nodes.map((node) => node.endpoint);
    this.url = `${store.toLowerCase()}://${this.endpoints.join()}`;
    this.certs = certs;
  }

  /** The nodes that are neither stopped nor frozen. */
  get running(): readonly N[] {
    return this.nodes.filter((node) => node.alive && !node.frozen);
  }

  /**
   * Resolves when every node that is neither stopped nor frozen is healthy. Rejects with the tail of the logs after
   * `timeout` milliseconds, or at once when a node ended by itself or none is left.
   */
  async ready(timeout = this.#startWithin): Promise<void> {
    const deadline = performance.now() + timeout;
    for (;;) {
      const { running } = this;
      if (running.length === 0 || this.nodes.some((node) => node.crashed)) throw this.failure(`${this.#store} ended`);
      const healthy = await Promise.all(running.map((node) => node.isHealthy(this.nodes.length)));
      if (healthy.every(Boolean)) return;
      if (performance.now() > deadline) throw this.failure(`${this.#store} is not ready after ${timeout} ms`);
      await sleep(lookEvery);
    }
  }

  /**
   * The index in `nodes` of the only node that says it leads; waits while there is none or, after a partition, more
   * than one. Rejects after `timeout` milliseconds.
   */
  async leaderIndex(timeout = 10_000): Promise<number> {
    const deadline = performance.now() + timeout;
    for (;;) {
      const leads = await Promise.all(this.nodes.map((node) => leading(node)));
      const first = leads.indexOf(true);
      if (first !== -1 && leads.indexOf(true, first + 1) === -1) return first;
      if (performance.now() > deadline) throw this.failure(`${this.#store} has no single leader after ${timeout} ms`);
      await sleep(lookEvery);
    }
  }

  /** Stops every node and removes the folder. Idempotent. */
  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.kill()));
    await this.#held.disposeAsync();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  protected failure(what: string): Error {
    const logs = this.nodes.map((node) => `--- ${node.name}, ${node.alive ? 'alive' : 'ended'}\n${node.logTail}`);
    return new Error(`${what}\n${logs.join('\n')}`);
  }
}

async function leading(node: ServerNode): Promise<boolean> {
  if (!node.alive || node.frozen) return false;
  try {
    return await node.isLeader();
  } catch {
    return false;
  }
}

async function inTurn(cluster: ServerCluster<ServerNode>): Promise<void> {
  for (const node of cluster.nodes) await node.restart();
  await cluster.ready();
}

/**
 * Boots the cluster that `prepare` makes, by default one node after the other. A start that loses a port to another process is tried again on others; after any
 * other failure the cluster is stopped.
 */
export async function started<C extends ServerCluster<ServerNode>>(
  prepare: () => Promise<C>,
  boot: (cluster: C) => Promise<void> = inTurn,
): Promise<C> {
  for (let attempt = 1; ; attempt += 1) {
    const cluster = await prepare();
    try {
      await boot(cluster);
      return cluster;
    } catch (error) {
      const lostPort = cluster.nodes.some((node) => /address already in use/i.test(node.logTail));
      await cluster.stop();
      if (!lostPort || attempt === starts) throw error;
    }
  }
}
