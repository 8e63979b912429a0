import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { requireTools } from '../servers/exec.ts';
import { temporaryFolder } from '../servers/folder.ts';
import { install } from '../servers/index.ts';
import { reservePorts } from '../servers/ports.ts';
import { ServerProcess } from '../servers/process.ts';
import type { Ground } from './ground.ts';
import { findPatroni, librariesOf, type PatroniVersion } from './patroni.ts';

/** Of PostgreSQL, which refuses to run as root: nobody's, on Debian. */
const UNPRIVILEGED = 65534;

/** The dynamic configuration of a new cluster: the shortest times that Patroni takes, in seconds. */
const TIMES = { ttl: 20, loop_wait: 1, retry_timeout: 3 };

/** A real Patroni with a PostgreSQL of its own. */
export class PatroniMember implements AsyncDisposable {
  readonly name: string;
  /** Of its REST interface. */
  readonly url: string;
  readonly #process: ServerProcess;
  readonly #held: AsyncDisposableStack;

  private constructor(name: string, url: string, process: ServerProcess, held: AsyncDisposableStack) {
    this.name = name;
    this.url = url;
    this.#process = process;
    this.#held = held;
  }

  /** Starts it; it serves when the store says so. Its PostgreSQL ends with it, or within a minute of its folder. */
  static async start(ground: Ground, scope: string, name: string, version: PatroniVersion): Promise<PatroniMember> {
    const asRoot = process.getuid?.() === 0;
    requireTools('Starting PostgreSQL', ['setpriv']);
    const patroni = await findPatroni(version);
    const folders = await install(['postgresql-15', 'patroni-python']);
    const postgres = folders['postgresql-15'] as string;
    await using held = new AsyncDisposableStack();
    const folder = held.adopt(await temporaryFolder('tenure-patroni-'), (it) => it.remove()).path;
    const { ports } = held.adopt(await reservePorts(2), (it) => it.release());
    const [rest = 0, port = 0] = ports;
    for (const path of ['data', 'run']) mkdirSync(join(folder, path), { mode: 0o700 });
    const file = join(folder, 'patroni.yml');
    const config = {
      ...ground.config(scope, name, TIMES),
      restapi: { listen: `127.0.0.1:${rest}` },
      bootstrap: { dcs: TIMES, initdb: [{ encoding: 'UTF8' }, { locale: 'C' }, { auth: 'trust' }, 'no-sync'] },
      postgresql: {
        listen: `127.0.0.1:${port}`,
        data_dir: join(folder, 'data'),
        bin_dir: join(postgres, 'usr/lib/postgresql/15/bin'),
        pgpass: join(folder, 'run/pgpass'),
        basebackup: [{ checkpoint: 'fast' }, 'no-sync'],
        pg_hba: ['host all all 127.0.0.1/32 trust', 'host replication all 127.0.0.1/32 trust'],
        parameters: {
          unix_socket_directories: join(folder, 'run'),
          ...{ fsync: 'off', shared_buffers: '16MB', max_connections: 20, wal_keep_size: '16MB' },
        },
        authentication: {
          superuser: { username: 'postgres', password: 'postgres' },
          replication: { username: 'replicator', password: 'replicator' },
        },
      },
    };
    writeFileSync(file, JSON.stringify(config));
    if (asRoot) {
      for (const path of ['', 'data', 'run', 'patroni.yml']) chownSync(join(folder, path), UNPRIVILEGED, UNPRIVILEGED);
    } else chmodSync(folder, 0o700);
    const user = ['--reuid', UNPRIVILEGED, '--regid', UNPRIVILEGED, '--clear-groups'].map(String);
    const server = new ServerProcess({
      name,
      file: 'setpriv',
      // A change of the user forgets the signal that the parent's death sends.
      args: [
        ...(asRoot ? user : []),
        ...['--pdeathsig', 'KILL', patroni.python, '-s', '-c', 'from patroni.__main__ import main; main()', file],
      ],
      env: {
        ...patroni.env,
        HOME: folder,
        LD_LIBRARY_PATH: [...librariesOf(postgres), patroni.env.LD_LIBRARY_PATH].join(':'),
      },
      cwd: folder,
      log: join(folder, 'log'),
    });
    await server.start();
    const own = held.move();
    return new PatroniMember(name, `http://127.0.0.1:${rest}`, server, own);
  }

  /** The last lines it logged. */
  get log(): string {
    return this.#process.logTail(40);
  }

  /** What an HAProxy asks: 200 for the primary alone. */
  async isPrimary(): Promise<boolean> {
    return (await fetch(`${this.url}/primary`)).status === 200;
  }

  /** SIGTERM: it gives its office up and stops its PostgreSQL. */
  async stop(): Promise<void> {
    await this.#process.terminate();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.#held.disposeAsync();
  }
}
