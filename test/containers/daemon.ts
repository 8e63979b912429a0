import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { requireTools } from '../servers/exec.ts';
import { temporaryFolder } from '../servers/folder.ts';
import { install } from '../servers/install.ts';
import type { PortReservation } from '../servers/ports.ts';
import { ServerProcess } from '../servers/process.ts';
import { temporaryControlGroup } from './control-group.ts';
import { Docker } from './docker.ts';

const component = 'docker-20.10';
/** Milliseconds a new daemon gets until it answers. */
const startWithin = 60_000;

/**
 * Process 1 of its own process namespace: when it dies, the kernel kills containerd, its shims and every container. Its
 * images, containers and sockets are on tmpfs in its own mount namespace and go with it.
 */
const enter = `mount -t tmpfs -o size=2g tenure "$0/private"
mount -t tmpfs tenure /run
exec dockerd --config-file "$0/daemon.json"`;

/** What the kernel, or a container around this process, says when a daemon may not start. */
const refusal =
  /^(unshare|mount|failed to start daemon):? .*(not permitted|denied|read-only|no such device|not supported|not implemented|cgroup).*$/im;

/** The daemon ended before it was up, because this machine does not let it. */
export class DaemonRefused extends Error {}

/**
 * A Docker daemon of Debian's packages, which are unpacked and not installed, for root on Linux. It shares the network of
 * this process and changes nothing in it. It and all its containers die with this process at the latest.
 */
export class DockerDaemon implements AsyncDisposable {
  readonly docker: Docker;
  /** A folder that containers can mount. */
  readonly folder: string;
  /** The name, in every hierarchy, of the control group that all containers are in. */
  readonly controlGroup: string;
  readonly #held: AsyncDisposableStack;

  private constructor(docker: Docker, folder: string, controlGroup: string, held: AsyncDisposableStack) {
    this.docker = docker;
    this.folder = folder;
    this.controlGroup = controlGroup;
    this.#held = held;
  }

  /** Rejects with `DaemonRefused` when this machine does not let it. */
  static async start(): Promise<DockerDaemon> {
    requireTools('Running containers', ['setpriv', 'unshare', 'mount', 'tar', 'ldd', 'find']);
    const tree = (await install([component]))[component] as string;
    await using stack = new AsyncDisposableStack();
    const { path } = stack.adopt(await temporaryFolder('tenure-docker-'), (it) => it.remove());
    const group = stack.adopt(await temporaryControlGroup('tenure-docker'), (it) => it.remove());
    mkdirSync(join(path, 'private'));
    writeFileSync(join(path, 'daemon.json'), JSON.stringify(configuration(path, group.name)));
    const places = ['usr/sbin', 'usr/bin'].map((place) => join(tree, place));
    const env = {
      PATH: [...places, process.env.PATH, '/usr/sbin:/usr/bin:/sbin:/bin'].join(':'),
      LD_LIBRARY_PATH: libraryFolders(tree).join(':'),
      HOME: path,
      DOCKER_HOST: `unix://${join(path, 'docker.sock')}`,
      DOCKER_CONFIG: path,
      // Without it Docker loads a profile of AppArmor into the kernel, which would stay there.
      container: 'tenure',
    };
    const daemon = new ServerProcess({
      name: 'dockerd',
      file: 'unshare',
      args: ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc', 'sh', '-ec', enter, path],
      env,
      cwd: path,
      log: join(path, 'log'),
    });
    stack.defer(() => daemon.kill());
    await daemon.start();
    await answering(daemon, join(path, 'docker.sock'));
    return new DockerDaemon(new Docker(join(tree, 'usr/bin/docker'), env), path, group.name, stack.move());
  }

  /** Releases the ports when the daemon stops. */
  keep(reservation: PortReservation): PortReservation {
    return this.#held.adopt(reservation, (it) => it.release());
  }

  /** Resolves when the daemon, its containers and all they had are gone. Idempotent. */
  async stop(): Promise<void> {
    await this.#held.disposeAsync();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

function configuration(folder: string, group: string): object {
  return {
    'data-root': join(folder, 'private/data'),
    'exec-root': '/run/docker',
    pidfile: '/run/docker.pid',
    hosts: [`unix://${join(folder, 'docker.sock')}`],
    ...{ bridge: 'none', iptables: false, ip6tables: false, 'ip-forward': false, 'ip-masq': false },
    'cgroup-parent': `/${group}`,
    'exec-opts': ['native.cgroupdriver=cgroupfs'],
    'log-driver': 'local',
    'log-level': 'warn',
  };
}

/** Where Debian puts libraries: a folder for each architecture. */
function libraryFolders(tree: string): string[] {
  return ['lib', 'usr/lib']
    .map((place) => join(tree, place))
    .filter((place) => existsSync(place))
    .flatMap((place) => readdirSync(place).map((name) => join(place, name)))
    .filter((place) => place.endsWith('-linux-gnu'));
}

async function answering(daemon: ServerProcess, socketPath: string): Promise<void> {
  const deadline = performance.now() + startWithin;
  while (!(await answersPing(socketPath))) {
    if (daemon.crashed) {
      const refused = refusal.exec(daemon.logTail())?.[0];
      if (refused !== undefined) throw new DaemonRefused(refused);
      throw new Error(`dockerd ended\n${daemon.logTail()}`);
    }
    if (performance.now() > deadline) throw new Error(`dockerd is not up after ${startWithin} ms\n${daemon.logTail()}`);
    await sleep(20);
  }
}

function answersPing(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const sent = request({ socketPath, path: '/_ping', agent: false, timeout: 1000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    sent.on('timeout', () => sent.destroy());
    sent.on('error', () => resolve(false));
    sent.end();
  });
}
