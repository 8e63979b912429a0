import { join } from 'node:path';
import { EtcdNode } from '../servers/etcd-node.ts';
import { etcdEnvironment } from '../servers/etcd-options.ts';
import { install } from '../servers/install.ts';
import { type HostedCluster, onHosts } from './hosted.ts';

/** etcd's own: every host has all of them to itself. */
const PORTS = { client: 2379, peer: 2380, metrics: 2381 };

/** Three nodes of etcd 3.5 on three hosts. `more`: arguments after all others. */
export async function hostedEtcd(more: readonly string[] = []): Promise<HostedCluster> {
  const bin = join((await install(['etcd-3.5']))['etcd-3.5'] as string, 'usr/bin/etcd');
  return await onHosts('etcd', 30_000, (hosts, i, cwd) => {
    const peers = [0, 1, 2].map((other) => `n${other + 1}=http://${hosts.peerAddress(other)}:${PORTS.peer}`).join();
    const client = `http://${hosts.clientAddress(i)}:${PORTS.client}`;
    const peer = `http://${hosts.peerAddress(i)}:${PORTS.peer}`;
    const name = `n${i + 1}`;
    const [file = '', ...args] = hosts.on(i, [
      ...[bin, '--name', name, '--data-dir', 'data'],
      ...['--listen-client-urls', client, '--advertise-client-urls', client],
      ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer],
      ...['--initial-cluster', peers, '--listen-metrics-urls', `http://${hosts.clientAddress(i)}:${PORTS.metrics}`],
      ...['--heartbeat-interval', '50', '--election-timeout', '500', '--unsafe-no-fsync', '--log-level', 'warn'],
      ...more,
    ]);
    // etcd would send what it sends to its peers through a proxy.
    const direct = Object.entries(etcdEnvironment()).filter(([variable]) => !/_PROXY$/i.test(variable));
    const env = { ...Object.fromEntries(direct), GOMAXPROCS: '1' };
    return new EtcdNode(PORTS, { name, file, args, env, cwd, log: join(cwd, 'log') }, hosts.clientAddress(i));
  });
}
