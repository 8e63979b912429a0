import type { ClientProcess } from '../client/index.ts';
import { type ClientSpec, startClient } from '../client/index.ts';
import type { Ground } from './ground.ts';
import type { Line } from './line.ts';

/** A competing client that starts again, under its name and on its line, when it was killed. */
export class Rival implements AsyncDisposable {
  readonly name: string;
  readonly line: Line;
  readonly #spec: Omit<ClientSpec, 'store' | 'life'>;
  /** Numbers its processes, no two of a run alike. */
  readonly #lives: () => number;
  #process: ClientProcess;

  private constructor(spec: Omit<ClientSpec, 'store' | 'life'>, lives: () => number, line: Line) {
    this.name = spec.name;
    this.line = line;
    this.#spec = spec;
    this.#lives = lives;
    this.#process = startClient({ ...spec, store: line.store, life: lives() });
  }

  static async open(ground: Ground, spec: Omit<ClientSpec, 'store' | 'life'>, lives: () => number): Promise<Rival> {
    const line = await ground.line(() => rival.process);
    const rival: Rival = new Rival(spec, lives, line);
    return rival;
  }

  get process(): ClientProcess {
    return this.#process;
  }

  /** After `process.kill()`. */
  restart(): void {
    this.#process = startClient({ ...this.#spec, store: this.line.store, life: this.#lives() });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.kill();
  }
}
