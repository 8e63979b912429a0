import { execFileSync } from 'node:child_process';
import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { TICK } from '../clients/connect.ts';
import { consulConfig } from '../servers/consul-options.ts';
import { etcdArguments } from '../servers/etcd-options.ts';
import { install } from '../servers/install.ts';
import { findJava } from '../servers/java.ts';
import { reservePorts } from '../servers/ports.ts';
import { javaArguments, zooConfig } from '../servers/zookeeper-options.ts';
import { Container, ready } from './contained.ts';
import type { DockerDaemon } from './daemon.ts';
import { makeImage, type Part } from './image.ts';
import type { KindName, StoreKind } from './kinds.ts';

/** A server of Debian's packages, as an image is made of it and as it is started. */
interface Recipe {
  readonly component: string;
  image(tree: string): Promise<{ readonly parts: readonly Part[]; readonly programs: readonly string[] }>;
  /** The command in the container; the first of the ports is the clients'. Files it needs go to `config`, its /config. */
  command(tree: string, ports: readonly number[], config: string): Promise<readonly string[]>;
}

export const recipes: Readonly<Record<KindName, Recipe>> = {
  etcd: {
    component: 'etcd-3.5',
    image: async (tree) => program(tree, 'usr/bin/etcd'),
    command: async (_tree, [client = 0, peer = 0, metrics = 0]) => [
      '/usr/bin/etcd',
      ...etcdArguments({ version: '3.5', fast: true }, 0, [{ client, peer, metrics }], '/data', undefined),
    ],
  },
  consul: {
    component: 'consul-1.8',
    image: async (tree) => program(tree, 'usr/bin/consul'),
    command: async (_tree, [http = 0, server = 0, serf = 0], config) => {
      const text = JSON.stringify(consulConfig({ fast: true }, 0, [{ http, server, serf }], '/data', undefined));
      writeFileSync(join(config, 'consul.json'), text);
      return ['/usr/bin/consul', 'agent', '-config-file', '/config/consul.json'];
    },
  },
  zookeeper: {
    component: 'zookeeper-3.9',
    image: async (tree) => {
      const home = await javaHome();
      const names = ['bin/java', 'conf', 'lib'].map((name) => join(home, name).slice(1));
      const programs = ['bin/java', 'lib/libnio.so', 'lib/libzip.so', 'lib/server/libjvm.so'];
      return {
        parts: [
          { from: tree, names: ['usr/share/java'] },
          { from: '/', names },
        ],
        programs: programs.map((name) => join(home, name)),
      };
    },
    command: async (tree, [client = 0, quorum = 0, election = 0, secure = 0], config) => {
      const options = { version: '3.9', tickTime: TICK } as const;
      writeFileSync(
        join(config, 'zoo.cfg'),
        await zooConfig(options, 0, [{ client, quorum, election, secure }], '/', undefined),
      );
      const words = javaArguments(options, tree, '/config').map((word) => word.replaceAll(tree, ''));
      return [join(await javaHome(), 'bin/java'), ...words];
    },
  },
};

/**
 * Makes the image, starts a container of it and resolves when the server serves. The container ends with the daemon at the
 * latest. Its network is this machine's, so that its ports are free ones of 127.0.0.1.
 */
export async function startContained(daemon: DockerDaemon, kind: StoreKind, recipe: Recipe): Promise<Container> {
  const { docker, folder } = daemon;
  const { component } = recipe;
  const tree = (await install([component]))[component] as string;
  const { parts, programs } = await recipe.image(tree);
  await makeImage(docker, component, parts, programs);
  const config = join(folder, component);
  mkdirSync(config);
  const { ports } = daemon.keep(await reservePorts(4));
  const command = await recipe.command(tree, ports, config);
  const options = ['--detach', '--name', component, '--network', 'host', '--env', 'GOMAXPROCS=2'];
  await docker.run(['run', ...options, '--volume', `${config}:/config:ro`, component, ...command]);
  const container = new Container(docker, component, `127.0.0.1:${ports[0]}`);
  await ready(container, () => kind.isServing(container.endpoint));
  return container;
}

const program = (tree: string, name: string) => ({
  parts: [{ from: tree, names: [name] }],
  programs: [join(tree, name)],
});

/** Where the Java runtime is, on this machine and in the image alike. */
async function javaHome(): Promise<string> {
  const found = await findJava();
  const file = found.startsWith('/')
    ? found
    : execFileSync('sh', ['-c', 'command -v "$0"', found], { encoding: 'utf8' });
  return dirname(dirname(realpathSync(file.trim())));
}
