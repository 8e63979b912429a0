import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConsulNode } from '../servers/consul-node.ts';
import { type ConsulPorts, consulConfig, consulEnvironment } from '../servers/consul-options.ts';
import { install } from '../servers/install.ts';
import { type HostedCluster, onHosts } from './hosted.ts';

/** Consul's own: every host has all of them to itself. */
const PORTS: ConsulPorts = { http: 8500, server: 8300, serf: 8301 };
/** Milliseconds. After a heal it takes some 20 s until all serve: raft backs off, and gossip finds its way. */
const SERVES_WITHIN = 90_000;

/** Three servers of Consul on three hosts. */
export async function hostedConsul(): Promise<HostedCluster> {
  const bin = join((await install(['consul-1.8']))['consul-1.8'] as string, 'usr/bin/consul');
  return await onHosts('Consul', SERVES_WITHIN, (hosts, i, cwd) => {
    const config = {
      ...consulConfig({ nodes: 3, fast: true }, i, [PORTS, PORTS, PORTS], join(cwd, 'data'), undefined),
      bind_addr: hosts.peerAddress(i),
      advertise_addr: hosts.peerAddress(i),
      client_addr: hosts.clientAddress(i),
      retry_join: [0, 1, 2].map((other) => `${hosts.peerAddress(other)}:${PORTS.serf}`),
    };
    writeFileSync(join(cwd, 'config.json'), JSON.stringify(config));
    const [file = '', ...args] = hosts.on(i, [bin, 'agent', '-config-file', join(cwd, 'config.json')]);
    const env = { ...consulEnvironment(), GOMAXPROCS: '1' };
    const command = { name: `n${i + 1}`, file, args, env, cwd, log: join(cwd, 'log') };
    return new ConsulNode(PORTS, command, { token: undefined, tls: undefined }, hosts.clientAddress(i));
  });
}
