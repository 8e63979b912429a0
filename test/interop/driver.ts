import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Patroni } from './patroni.ts';

/** A cluster as Patroni's own classes read it. */
export interface PatroniView {
  readonly initialize: string | null;
  readonly config: unknown;
  readonly leader: { readonly name: string; readonly bound: boolean; readonly timeline: number | null } | null;
  readonly unlocked: boolean;
  readonly members: readonly (Record<string, unknown> & { readonly name: string; readonly bound: boolean })[];
  readonly status: { readonly last_lsn: number; readonly slots: unknown; readonly retain_slots: unknown };
  readonly failover: unknown;
  readonly sync: unknown;
  readonly history: unknown;
  readonly timeline: number;
  readonly failsafe: unknown;
  readonly workers: Readonly<Record<string, PatroniView>>;
}

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  /** Its standard input. */
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

const script = fileURLToPath(new URL('./driver.py', import.meta.url));

/** Patroni's own store classes, and its patronictl, in a process that ends with its standard input. Calls are answered in their order. */
export class PatroniDriver implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #exit: Promise<unknown>;
  readonly #log: Promise<string>;
  readonly #waiting: PromiseWithResolvers<unknown>[] = [];
  #opened = 0;

  constructor({ python, env }: Patroni) {
    // It would not see the end of its input while it waits for a store that is gone, which Patroni does for ever.
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', python, '-s', script], { env, stdio: 'pipe' });
    this.#child = child;
    this.#exit = once(child, 'exit');
    this.#log = text(child.stderr);
    child.stdin.on('error', () => undefined);
    createInterface({ input: child.stdout }).on('line', (line) => {
      const { value, error } = JSON.parse(line) as { readonly value?: unknown; readonly error?: string };
      const waiting = this.#waiting.shift();
      if (error === undefined) waiting?.resolve(value);
      else waiting?.reject(new Error(error));
    });
    child.once('close', async () => {
      const died = new Error(`Patroni's classes ended:\n${await this.#log}`);
      for (const { reject } of this.#waiting.splice(0)) reject(died);
    });
  }

  /** Patroni's hold on one scope; `config` is what a patroni.yml would say, or the path of one. */
  async open(config: object | string): Promise<PatroniDcs> {
    this.#opened += 1;
    const dcs = this.#opened;
    await this.#ask({ dcs, open: config });
    return new PatroniDcs(async (method, args) => await this.#ask({ dcs, method, args }));
  }

  /** patronictl to its end; `config` is a file. */
  async patronictl(config: string, args: readonly string[], options: CommandOptions = {}): Promise<Ended> {
    return (await this.#ask({ config, args, input: '', env: {}, ...options })) as Ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin?.end();
    await this.#exit;
  }

  async #ask(order: object): Promise<unknown> {
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.push(waiting);
    this.#child.stdin?.write(`${JSON.stringify(order)}\n`);
    return await waiting.promise;
  }
}

/** One object of Patroni's `AbstractDCS`. */
export class PatroniDcs {
  readonly #send: (method: string, args: readonly unknown[]) => Promise<unknown>;

  constructor(send: (method: string, args: readonly unknown[]) => Promise<unknown>) {
    this.#send = send;
  }

  /** A method of Patroni's by its name. Resolves to whether it says that it succeeded. */
  async call(method: string, ...args: readonly unknown[]): Promise<boolean> {
    return (await this.#send(method, args)) as boolean;
  }

  async view(): Promise<PatroniView> {
    return (await this.#send('view', [])) as PatroniView;
  }
}
