import { setTimeout as sleep } from 'node:timers/promises';
import type { Docker } from './docker.ts';

/** Milliseconds a server gets until it serves. */
const startWithin = 60_000;

/** One server in a container. Its data and its port stay the same over `kill` and `restart`. */
export interface Contained {
  /** `127.0.0.1:port` */
  readonly endpoint: string;
  /** SIGKILL to the server; resolves when its container has ended. */
  kill(): Promise<void>;
  /** Starts the container again. Does not wait until the server serves. */
  restart(): Promise<void>;
  /** The last lines the server logged. */
  logTail(): Promise<string>;
}

/** A container by its name. */
export class Container implements Contained {
  readonly endpoint: string;
  readonly #docker: Docker;
  readonly #name: string;

  constructor(docker: Docker, name: string, endpoint: string) {
    this.#docker = docker;
    this.#name = name;
    this.endpoint = endpoint;
  }

  async kill(): Promise<void> {
    await this.#docker.run(['kill', this.#name]);
    await this.#docker.run(['wait', this.#name]);
  }

  async restart(): Promise<void> {
    await this.#docker.run(['start', this.#name]);
  }

  async logTail(): Promise<string> {
    return await this.#docker.run(['logs', '--tail', '20', this.#name]).catch(String);
  }
}

/** Resolves when the server serves. Rejects with the tail of its log after a minute. */
export async function ready(server: Contained, isServing: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + startWithin;
  while (!(await isServing().catch(() => false))) {
    if (performance.now() > deadline) {
      throw new Error(`${server.endpoint} does not serve after ${startWithin} ms\n${await server.logTail()}`);
    }
    await sleep(20);
  }
}
