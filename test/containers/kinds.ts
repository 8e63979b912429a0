import { createConnection } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Harness } from '@tenure/conformance';
import { consulHarness } from '../conformance/consul-harness.ts';
import { etcdHarness } from '../conformance/etcd-harness.ts';
import { zookeeperHarness } from '../conformance/zookeeper-harness.ts';
import { type Contained, ready } from './contained.ts';

/** Milliseconds for an answer to a question of health. */
const answerWithin = 1_000;
/** Milliseconds for an order of an administrator. */
const doneWithin = 10_000;

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
      consulHarness({ ...alone(server, kinds.consul), api: (...args) => consulApi(server.endpoint, ...args) }, name),
  },
  zookeeper: {
    port: 2181,
    isServing: async (endpoint) => /^Mode: /m.test(await fourLetterWord(endpoint, 'srvr')),
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

/** One request of an administrator; `path` without `/v1`. `undefined` for a 404; rejects for anything but that or a 200. */
async function consulApi(endpoint: string, method: string, path: string, body?: string | Buffer): Promise<unknown> {
  const response = await fetch(`http://${endpoint}/v1${path}`, {
    method,
    // The server may have been restarted since the last one.
    headers: { connection: 'close' },
    signal: AbortSignal.timeout(doneWithin),
    ...(body !== undefined && { body: Uint8Array.from(Buffer.from(body)) }),
  });
  const answer = await response.text();
  if (response.status === 404) return undefined;
  if (response.status !== 200) throw new Error(`${method} ${path}: status ${response.status}: ${answer}`);
  return JSON.parse(answer);
}

async function fourLetterWord(endpoint: string, word: string): Promise<string> {
  const { hostname: host, port } = new URL(`tcp://${endpoint}`);
  const socket = createConnection({ host, port: Number(port) });
  socket.setTimeout(answerWithin, () => socket.destroy(new Error(`no answer to ${word}`)));
  socket.write(word);
  return await text(socket);
}
