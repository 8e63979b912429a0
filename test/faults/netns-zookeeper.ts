import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TICK } from '../clients/connect.ts';
import { install } from '../servers/install.ts';
import { findJava } from '../servers/java.ts';
import { ZooKeeperNode } from '../servers/zookeeper-node.ts';
import { javaArguments, zooConfig } from '../servers/zookeeper-options.ts';
import { type HostedCluster, onHosts } from './hosted.ts';

/** Every host has all of them to itself. */
const PORTS = { client: 2181, quorum: 2888, election: 3888, secure: 0 };
/** Milliseconds. An ensemble that was cut may need several rounds of an election, the more so on a machine that others load. */
const SERVES_WITHIN = 90_000;

/** Three nodes of ZooKeeper 3.9 on three hosts. */
export async function hostedZooKeeper(): Promise<HostedCluster> {
  const tree = (await install(['zookeeper-3.9']))['zookeeper-3.9'] as string;
  const java = await findJava();
  const options = { version: '3.9', nodes: 3, tickTime: TICK } as const;
  return await onHosts('ZooKeeper', SERVES_WITHIN, async (hosts, i, cwd) => {
    mkdirSync(join(cwd, 'data'));
    writeFileSync(join(cwd, 'data', 'myid'), `${i + 1}\n`);
    const addresses = [0, 1, 2].map(
      (to) => `server.${to + 1}=${hosts.peerAddress(to)}:${PORTS.quorum}:${PORTS.election}`,
    );
    const config = [`clientPortAddress=${hosts.clientAddress(i)}`, ...addresses];
    // Of two lines of one name the last one counts.
    writeFileSync(
      join(cwd, 'zoo.cfg'),
      await zooConfig({ ...options, config }, i, [PORTS, PORTS, PORTS], cwd, undefined),
    );
    const [file = '', ...args] = hosts.on(i, [java, ...javaArguments(options, tree, cwd)]);
    const command = { name: `n${i + 1}`, file, args, env: process.env, cwd, log: join(cwd, 'log') };
    return new ZooKeeperNode(PORTS, false, command, hosts.clientAddress(i));
  });
}
