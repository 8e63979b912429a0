import { fileURLToPath } from 'node:url';
import { Container } from './contained.ts';
import { Docker } from './docker.ts';
import { type KindName, kinds } from './kinds.ts';

const file = fileURLToPath(new URL('../compose.yaml', import.meta.url));
/** Milliseconds: images have to be pulled first. */
const upWithin = 900_000;

/** What the machine lacks to run compose.yaml; the message says what to do. */
export class Lacking extends Error {}

/** The servers of compose.yaml. */
export class Compose {
  readonly #docker: Docker;

  private constructor(docker: Docker) {
    this.#docker = docker;
  }

  /** Rejects with `Lacking`, naming what is absent: the command docker, its plugin compose or a daemon. */
  static async find(): Promise<Compose> {
    const docker = new Docker();
    await docker.run(['--version']).catch((error: Error) => {
      throw new Lacking(`The command docker is absent: ${firstLine(error)}. Install Docker.`);
    });
    await docker.run(['compose', 'version']).catch((error: Error) => {
      throw new Lacking(
        `docker is here, but its plugin compose is not: ${firstLine(error)}. It is the package docker-compose-plugin or docker-compose.`,
      );
    });
    await docker.run(['version', '--format', '{{.Server.Version}}']).catch((error: Error) => {
      throw new Lacking(`docker and compose are here, but no Docker daemon answers: ${firstLine(error)}`);
    });
    return new Compose(docker);
  }

  /** The names of all services. */
  async services(): Promise<string[]> {
    return (await this.#compose(['config', '--services'])).trim().split('\n').sort();
  }

  /** Resolves when all are healthy. */
  async up(services: readonly string[]): Promise<void> {
    await this.#compose(['up', '--detach', '--wait', ...services], upWithin);
  }

  /** The container of a service that is up. */
  async container(service: string): Promise<Container> {
    const id = (await this.#compose(['ps', '--quiet', service])).trim();
    const endpoint = (await this.#compose(['port', service, String(kinds[kindOf(service)].port)])).trim();
    return new Container(this.#docker, id, endpoint);
  }

  /** Stops all servers and removes what they wrote. */
  async down(): Promise<void> {
    await this.#compose(['down', '--volumes', '--timeout', '0']);
  }

  async #compose(args: readonly string[], timeout?: number): Promise<string> {
    return await this.#docker.run(['compose', '--file', file, ...args], timeout === undefined ? {} : { timeout });
  }
}

/** Services are called by the kind of server, and perhaps its version. */
export function kindOf(service: string): KindName {
  const [kind = ''] = service.split('-');
  if (!(kind in kinds))
    throw new RangeError(`service is ${service}; it must begin with ${Object.keys(kinds).join(', ')}`);
  return kind as KindName;
}

/** Of what the command wrote, else of the failure to start it. */
function firstLine({ message }: Error): string {
  const [first = '', written = ''] = message.split('\n');
  return written === '' ? first : written;
}
