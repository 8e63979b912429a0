import type { Harness } from '@tenure/conformance';
import { consulHarness } from '../conformance/consul-harness.ts';
import { etcdHarness } from '../conformance/etcd-harness.ts';
import { zookeeperHarness } from '../conformance/zookeeper-harness.ts';
import { consulApi } from '../servers/consul-node.ts';
import { toAddress } from '../servers/served.ts';
import { fourLetterWord } from '../servers/zookeeper-node.ts';
import { type Contained, ready } from './contained.ts';

/** Milliseconds for an answer to a question of health. */
const answerWithin = 1_000;
/** Milliseconds for an order of an administrator. */
const doneWithin = 10_000;

/** Nobody is kept out. */
const open = { token: undefined, tls: undefined };

/** A kind of server: how it is told that one serves, and how the suite reaches it. */
export interface StoreKind {
  /** Where it listens by default, in the projects' own images. */
  readonly port: number;
  isServing(endpoint: string): Promise<boolean>;
  /** The harness of the tests on plain processes, with the container in the place of the process: no case is skipped. */
  harness(server: Contained, name: string): Harness & AsyncDisposable;
}

/**
 * Milliseconds, as on the other two. The least that etcd grants is half of it, and its parts, by which a request is bounded,
 * are so short that a busy machine exceeds them.
 */
const etcdTtl = 4_000;

export type KindName = 'etcd' | 'consul' | 'zookeeper';

export const kinds: Readonly<Record<KindName, StoreKind>> = {
  etcd: {
    port: 2379,
    // It needs a leader and a quorum read.
    isServing: async (endpoint) => (await get(`http://${endpoint}/health`)).includes('"health":"true"'),
    harness: (server, name) => ({ ...etcdHarness(alone(server, kinds.etcd), name), ttl: etcdTtl }),
  },
  consul: {
    port: 8500,
    // A session binds to the check serfHealth of a node that the leader knows: without it every session is refused.
    isServing: async (endpoint) =>
      /"Status":\s*"passing"/.test(await get(`http://${endpoint}/v1/health/state/passing?consistent`)),
    harness: (server, name) =>
      consulHarness(
        { ...alone(server, kinds.consul), api: (...args) => consulApi(server.endpoint, open, doneWithin, ...args) },
        name,
      ),
  },
  zookeeper: {
    port: 2181,
    isServing: async (endpoint) => /^Mode: /m.test(await fourLetterWord(toAddress(endpoint), 'srvr')),
    harness: (server, name) => zookeeperHarness(alone(server, kinds.zookeeper), name),
  },
};

/** A cluster of one. */
function alone(server: Contained, { isServing }: StoreKind) {
  return {
    endpoints: [server.endpoint],
    nodes: [server],
    ready: () => ready(server, () => isServing(server.endpoint)),
  };
}

async function get(url: string): Promise<string> {
  const response = await fetch(url, { headers: { connection: 'close' }, signal: AbortSignal.timeout(answerWithin) });
  return await response.text();
}
