import { setTimeout as sleep } from 'node:timers/promises';
import type { Harness } from '@tenure/conformance';
import { Etcd3 } from 'etcd3';
import { type Server, TICK } from '../../clients/connect.ts';
import { consulHarness } from '../../conformance/consul-harness.ts';
import { etcdHarness } from '../../conformance/etcd-harness.ts';
import { zookeeperHarness } from '../../conformance/zookeeper-harness.ts';
import type { Hosts } from '../../faults/netns.ts';
import { hostedConsul } from '../../faults/netns-consul.ts';
import { hostedEtcd } from '../../faults/netns-etcd.ts';
import { hostedZooKeeper } from '../../faults/netns-zookeeper.ts';
import type { ServerCluster } from '../../servers/cluster.ts';
import { consulApi } from '../../servers/consul-node.ts';
import { startConsul, startEtcd, startZooKeeper } from '../../servers/index.ts';
import type { ServerNode } from '../../servers/node.ts';

/** The servers of a store: one on loopback, or three on hosts of their own with a network between them. */
export interface Servers {
  readonly type: Server;
  readonly cluster: ServerCluster<ServerNode>;
  readonly hosts: Hosts | undefined;
  readonly login: Login | undefined;
}

export interface Login {
  readonly username: string;
  readonly password: string;
}

/** etcd runs with authentication: tokens of 5 s without use, and passwords that cost little. */
const LOGIN: Login = { username: 'root', password: 'root' };
const AUTH_ARGUMENTS = ['--auth-token-ttl', '5', '--bcrypt-cost', '4'];

export async function startServers(type: Server, nodes: 1 | 3): Promise<Servers> {
  if (nodes === 3) {
    const cluster = await hosted[type]();
    if (type === 'etcd') await enableAuth(cluster.endpoints);
    return { type, cluster, hosts: cluster.hosts, login: type === 'etcd' ? LOGIN : undefined };
  }
  const cluster = await single[type]();
  return { type, cluster, hosts: undefined, login: type === 'etcd' ? LOGIN : undefined };
}

const single: Readonly<Record<Server, () => Promise<ServerCluster<ServerNode>>>> = {
  etcd: () => startEtcd({ version: '3.5', fast: true, auth: true, args: AUTH_ARGUMENTS }),
  consul: () => startConsul({ fast: true }),
  zookeeper: () => startZooKeeper({ version: '3.9', tickTime: TICK }),
};

const hosted = {
  etcd: () => hostedEtcd(AUTH_ARGUMENTS),
  consul: hostedConsul,
  zookeeper: hostedZooKeeper,
} as const;

async function enableAuth(endpoints: readonly string[]): Promise<void> {
  const { auth, close } = administrator(endpoints, undefined);
  try {
    await auth.userAdd({ name: LOGIN.username, password: LOGIN.password });
    await auth.roleAdd({ name: 'root' }).catch(() => undefined);
    await auth.userGrantRole({ user: LOGIN.username, role: 'root' });
    await auth.authEnable();
  } finally {
    close();
  }
}

/** Of etcd, by the client library alone. */
export function administrator(endpoints: readonly string[], login: Login | undefined) {
  const client = new Etcd3({ hosts: endpoints.map((endpoint) => `http://${endpoint}`), ...(login && { auth: login }) });
  return { auth: client.auth, kv: client.kv, maintenance: client.maintenance, close: () => client.close() };
}

/** What an administrator can do by hand. Dispose it after the errand. */
export function adminHarness({ type, cluster, login }: Servers): Harness & AsyncDisposable {
  switch (type) {
    case 'etcd':
      return etcdHarness(cluster, type, login);
    case 'consul': {
      const plain = { token: undefined, tls: undefined };
      const api = async (method: string, path: string, body?: string | Buffer) => {
        const node = cluster.running[0] ?? cluster.nodes[0];
        return await consulApi(node?.endpoint ?? '', plain, ERRAND_WITHIN, method, path, body);
      };
      return consulHarness(Object.assign(Object.create(cluster) as typeof cluster, { api }), type);
    }
    case 'zookeeper':
      return zookeeperHarness(cluster, type);
  }
}

/** Milliseconds that an administrator waits for an answer. */
export const ERRAND_WITHIN = 5000;

/** What is not done in time is given up. @throws what `work` threw in time */
export async function inTime(work: Promise<unknown>): Promise<void> {
  const given = new AbortController();
  try {
    await Promise.race([work, sleep(ERRAND_WITHIN, undefined, { signal: given.signal })]);
  } finally {
    given.abort();
    work.catch(() => undefined);
  }
}
