import { type ChildProcess, fork } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ResolvedConfig } from '../config.ts';
import type { DemoOrder, DemoReport } from './protocol.ts';

export interface Heard {
  readonly name: string;
  readonly report: DemoReport;
}

export interface HearOptions {
  readonly signal: AbortSignal;
  /** Milliseconds. Default 20,000. */
  readonly limit?: number;
}

/** The member processes of the demo. */
export class Cast {
  readonly #config: ResolvedConfig;
  readonly #folder: string;
  readonly #members = new Map<string, ChildProcess>();
  readonly #heard = new EventEmitter<{ report: [Heard]; ended: [string, string] }>();
  readonly #killAll = () => {
    for (const member of this.#members.values()) member.kill('SIGKILL');
  };

  constructor(config: ResolvedConfig, folder: string) {
    this.#config = config;
    this.#folder = folder;
    this.#heard.setMaxListeners(0);
    process.on('exit', this.#killAll);
  }

  /** Resolves when the member waits for its turn. */
  async start(name: string, signal: AbortSignal): Promise<void> {
    const entry = fileURLToPath(new URL(`./member${import.meta.url.slice(-3)}`, import.meta.url));
    const member = fork(entry, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: ['--no-deprecation'] });
    this.#members.set(name, member);
    member.on('message', (report: DemoReport) => this.#heard.emit('report', { name, report }));
    member.on('exit', (code, signal) => {
      if (this.#members.get(name) !== member) return;
      this.#members.delete(name);
      this.#heard.emit('ended', name, `${name} ended with ${signal ?? code}`);
    });
    await this.hear(({ name: who, report }) => who === name && report.type === 'ready', { signal });
    const waiting = this.hear(({ name: who, report }) => who === name && report.type === 'waiting', { signal });
    this.tell(name, { type: 'start', config: { ...this.#config, name }, log: this.logOf(name) });
    await waiting;
  }

  /** The next report that fits. Rejects when a member ends by itself, on abort, and after `limit` milliseconds. */
  async hear(fits: (heard: Heard) => boolean, { signal, limit = 20_000 }: HearOptions): Promise<Heard> {
    const result = Promise.withResolvers<Heard>();
    const onReport = (heard: Heard) => {
      if (fits(heard)) result.resolve(heard);
    };
    const onEnded = (_name: string, message: string) => result.reject(new Error(message));
    const abort = () => result.reject(signal.reason);
    const timer = setTimeout(
      () => result.reject(new Error(`what the demo waited for did not happen within ${limit} ms`)),
      limit,
    );
    this.#heard.on('report', onReport).on('ended', onEnded);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    try {
      return await result.promise;
    } finally {
      clearTimeout(timer);
      this.#heard.off('report', onReport).off('ended', onEnded);
      signal.removeEventListener('abort', abort);
    }
  }

  onReport(listener: (heard: Heard) => void): void {
    this.#heard.on('report', listener);
  }

  tell(name: string, order: DemoOrder): void {
    this.#members.get(name)?.send(order);
  }

  signal(name: string, signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#members.get(name)?.kill(signal);
  }

  /** kill -9. Resolves when the process is gone. */
  async kill(name: string): Promise<void> {
    const member = this.#members.get(name);
    if (member === undefined) return;
    this.#members.delete(name);
    const gone = once(member, 'exit');
    member.kill('SIGKILL');
    await gone;
  }

  logOf(name: string): string {
    return `${this.#folder}/${name}.log`;
  }

  async end(): Promise<void> {
    await Promise.all([...this.#members.keys()].map((name) => this.kill(name)));
    process.off('exit', this.#killAll);
  }
}
