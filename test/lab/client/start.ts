import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ClientSpec, Measure, Obeyed, Order } from './spec.ts';

const program = fileURLToPath(new URL('main.ts', import.meta.url));

/** A competing client's process. The kernel kills it when this process dies, also while it is stopped. */
export class ClientProcess implements AsyncDisposable {
  readonly spec: ClientSpec;
  readonly #child: ChildProcess;
  readonly #exit: Promise<unknown>;
  readonly #waiting = new Map<number, PromiseWithResolvers<Obeyed>>();
  #orders = 0;
  #stopped = false;

  constructor(spec: ClientSpec) {
    this.spec = spec;
    const node = ['--expose-gc', '--disable-warning=ExperimentalWarning'];
    this.#child = fork(program, [JSON.stringify(spec)], {
      execPath: 'setpriv',
      execArgv: ['--pdeathsig', 'KILL', process.execPath, ...node],
      // Ctrl-C is for this process, which lets its clients wind up.
      detached: true,
    });
    this.#exit = once(this.#child, 'exit');
    this.#child.on('message', (answer: Obeyed) => {
      this.#waiting.get(answer.order)?.resolve(answer);
      this.#waiting.delete(answer.order);
    });
    this.#child.once('exit', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`client ${spec.name} ended`));
      this.#waiting.clear();
    });
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  get alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Whether it can be told anything. A process that is killed ends in steps, and this is the first. */
  get connected(): boolean {
    return this.#child.connected;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** Resolves when the order is obeyed. @throws Error when it could not be, or the client ended first */
  async order(order: Order): Promise<Measure | undefined> {
    this.#orders += 1;
    const obeyed = Promise.withResolvers<Obeyed>();
    this.#waiting.set(this.#orders, obeyed);
    this.#child.send({ id: this.#orders, order }, (error) => {
      if (error !== null) obeyed.reject(error);
    });
    const { failure, measure } = await obeyed.promise;
    if (failure !== undefined) throw new Error(`client ${this.spec.name}, ${order.type}: ${failure}`);
    return measure;
  }

  /** SIGSTOP. */
  stop(): void {
    this.#stopped = true;
    this.#child.kill('SIGSTOP');
  }

  /** SIGCONT. */
  go(): void {
    this.#child.kill('SIGCONT');
    this.#stopped = false;
  }

  /** SIGKILL; resolves when it is gone. */
  async kill(): Promise<void> {
    if (this.alive) this.#child.kill('SIGKILL');
    await this.#exit;
  }

  /** Lets it leave and end; resolves when it is gone. */
  async windUp(): Promise<void> {
    await this.order({ type: 'wind up' });
    this.#child.disconnect();
    await this.#exit;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}

export function startClient(spec: ClientSpec): ClientProcess {
  return new ClientProcess(spec);
}
