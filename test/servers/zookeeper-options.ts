import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Certificates } from './certs.ts';

export type ZooKeeperVersion = '3.8' | '3.9';

export interface ZooKeeperOptions {
  readonly version: ZooKeeperVersion;
  /** 1 by default. */
  readonly nodes?: 1 | 3;
  /** TLS to clients, who must show a certificate. The plain port stays, for four-letter words. */
  readonly tls?: boolean;
  /** A superuser `super` with the password `secret`; on 3.9 the server also refuses whoever did not log in by digest. */
  readonly digest?: boolean;
  /** Milliseconds; 500 by default. Sessions last from 2 ticks to 120 s. */
  readonly tickTime?: number;
  /**
   * The port of 127.0.0.1 by which node `from` reaches `port` of node `to`, both counted from 0; the port itself when left
   * out. With a proxy there, a test comes between two servers.
   */
  readonly route?: (from: number, to: number, port: number) => Promise<number>;
  /** More lines of zoo.cfg. */
  readonly config?: readonly string[];
}

/** Throws RangeError for a bad option. */
export function checkOptions({ version, nodes, tickTime }: ZooKeeperOptions): void {
  if (version !== '3.8' && version !== '3.9') throw new RangeError(`version is ${version}; it must be 3.8 or 3.9`);
  if (nodes !== undefined && nodes !== 1 && nodes !== 3) throw new RangeError(`nodes is ${nodes}; it must be 1 or 3`);
  if (tickTime !== undefined && !(Number.isSafeInteger(tickTime) && tickTime > 0)) {
    throw new RangeError(`tickTime is ${tickTime}; it must be a whole number from 1`);
  }
}

export interface ZooKeeperPorts {
  readonly client: number;
  readonly quorum: number;
  readonly election: number;
  /** With tls; otherwise reserved and not used. */
  readonly secure: number;
}

/** The text of zoo.cfg of node `index`. `folder` is the node's own; `pem` the server's certificate and key in one file. */
export async function zooConfig(
  options: ZooKeeperOptions,
  index: number,
  ports: readonly ZooKeeperPorts[],
  folder: string,
  tls: { readonly certs: Certificates; readonly pem: string; readonly caPem: string } | undefined,
): Promise<string> {
  const own = ports[index] as ZooKeeperPorts;
  const tick = options.tickTime ?? 500;
  const lines = [
    ...[`tickTime=${tick}`, 'initLimit=20', 'syncLimit=6', `dataDir=${join(folder, 'data')}`],
    ...[`minSessionTimeout=${2 * tick}`, 'maxSessionTimeout=120000', 'maxClientCnxns=0', 'admin.enableServer=false'],
    ...['4lw.commands.whitelist=*', 'autopurge.purgeInterval=0', 'preAllocSize=1024', 'forceSync=no'],
    ...[`clientPort=${own.client}`, 'clientPortAddress=127.0.0.1'],
  ];
  if (tls !== undefined) {
    lines.push(`secureClientPort=${own.secure}`, 'secureClientPortAddress=127.0.0.1');
    lines.push('serverCnxnFactory=org.apache.zookeeper.server.NettyServerCnxnFactory', 'ssl.clientAuth=need');
    lines.push(`ssl.keyStore.location=${tls.pem}`, 'ssl.keyStore.type=PEM');
    lines.push(`ssl.trustStore.location=${tls.caPem}`, 'ssl.trustStore.type=PEM');
    lines.push('authProvider.x509=org.apache.zookeeper.server.auth.X509AuthenticationProvider');
  }
  if (options.digest === true && options.version === '3.9') {
    lines.push('enforce.auth.enabled=true', `enforce.auth.schemes=digest${tls === undefined ? '' : ',x509'}`);
  }
  const { route = async (_from: number, _to: number, port: number) => port } = options;
  for (const [to, { quorum, election }] of ports.length > 1 ? ports.entries() : []) {
    const [q, e] =
      to === index ? [quorum, election] : [await route(index, to, quorum), await route(index, to, election)];
    lines.push(`server.${to + 1}=127.0.0.1:${q}:${e}`);
  }
  return `${[...lines, ...(options.config ?? [])].join('\n')}\n`;
}

/**
 * The arguments of java. zookeeper.jar comes last: the Class-Path of its manifest names the jars of /usr/share/java, which
 * would win over the unpacked ones otherwise.
 */
export function javaArguments(options: ZooKeeperOptions, tree: string, folder: string): string[] {
  const jars = [
    ...['slf4j-api', 'slf4j-simple', 'metrics-core', 'snappy-java', 'netty-common', 'netty-buffer', 'netty-transport'],
    ...['netty-resolver', 'netty-codec', 'netty-handler', 'netty-transport-native-unix-common'],
    ...['netty-transport-native-epoll', 'jctools-core', 'commons-cli', 'zookeeper-jute', 'zookeeper'],
  ].map((name) => join(tree, 'usr/share/java', `${name}.jar`));
  const main = (options.nodes ?? 1) === 1 ? 'server.ZooKeeperServerMain' : 'server.quorum.QuorumPeerMain';
  return [
    ...['-Xms32m', '-Xmx192m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto', '-XX:-UsePerfData'],
    ...['-Djava.net.preferIPv4Stack=true', '-Dzookeeper.jmx.log4j.disable=true'],
    ...['-Dorg.slf4j.simpleLogger.defaultLogLevel=warn', '-Dorg.slf4j.simpleLogger.showDateTime=true'],
    ...(options.digest === true ? [`-Dzookeeper.DigestAuthenticationProvider.superDigest=${superDigest()}`] : []),
    ...['-cp', [...jars.filter((jar) => existsSync(jar)), folder].join(':')],
    ...[`org.apache.zookeeper.${main}`, join(folder, 'zoo.cfg')],
  ];
}

/** As org.apache.zookeeper.server.auth.DigestAuthenticationProvider makes it. */
function superDigest(): string {
  return `super:${createHash('sha1').update('super:secret').digest('base64')}`;
}
