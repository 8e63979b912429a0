import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ServerCommand {
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Standard output and standard error of every run are appended here. */
  readonly log: string;
}

/**
 * The kernel kills the server when the thread that started it dies (prctl(2), PR_SET_PDEATHSIG), whether that is an
 * exit, an uncaught exception, a signal or kill -9. Start servers from the main thread: in a worker they die with the
 * worker. The shell closes the gap before the prctl: it starts nothing if the parent is already another one.
 */
const tied = ['--pdeathsig', 'KILL', 'sh', '-c', '[ "$PPID" = "$0" ] && exec "$@"'];

/** Milliseconds a server gets between SIGTERM and SIGKILL. */
const patience = 10_000;

/** One server that can be stopped, frozen and started again with the same arguments. */
export class ServerProcess {
  readonly #command: ServerCommand;
  #child: ChildProcess | undefined;
  #exit: Promise<unknown> = Promise.resolve();
  #frozen = false;
  #wanted = false;

  constructor(command: ServerCommand) {
    this.#command = command;
  }

  /** Of the last run; undefined before the first. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Also true while frozen. */
  get alive(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get frozen(): boolean {
    return this.#frozen;
  }

  /** The server ended though nobody stopped it. */
  get crashed(): boolean {
    return this.#wanted && !this.alive;
  }

  /** Resolves when the process exists; it may not serve yet. */
  async start(): Promise<void> {
    const { name, file, args, env, cwd, log } = this.#command;
    if (this.alive) throw new Error(`${name} is running`);
    const fd = openSync(log, 'a');
    try {
      // Its own session, so that Ctrl-C on the terminal reaches only the owner, which then stops its servers.
      const child = spawn('setpriv', [...tied, String(process.pid), file, ...args], {
        ...{ env, cwd, detached: true },
        stdio: ['ignore', fd, fd],
      });
      this.#exit = once(child, 'exit').catch(() => undefined);
      await once(child, 'spawn');
      child.unref();
      this.#child = child;
      this.#wanted = true;
      this.#frozen = false;
    } finally {
      closeSync(fd);
    }
  }

  /** SIGKILL. Resolves when the process is gone; does nothing when there is none. */
  async kill(): Promise<void> {
    this.#wanted = false;
    this.#signal('SIGKILL');
    await this.#gone();
  }

  /** SIGTERM, also to a frozen process, and SIGKILL if it is still there after 10 s. Resolves when it is gone. */
  async terminate(): Promise<void> {
    this.#wanted = false;
    this.#signal('SIGTERM');
    this.#signal('SIGCONT');
    const timer = setTimeout(() => this.#signal('SIGKILL'), patience);
    try {
      await this.#gone();
    } finally {
      clearTimeout(timer);
    }
  }

  /** SIGSTOP. Resolves when the kernel reports the process as stopped; its connections stay open. */
  async freeze(): Promise<void> {
    if (!this.alive) throw new Error(`${this.#command.name} is not running`);
    this.#frozen = true;
    this.#signal('SIGSTOP');
    while (this.alive && !this.#isStopped()) await sleep(1);
  }

  /** SIGCONT. */
  thaw(): void {
    this.#signal('SIGCONT');
    this.#frozen = false;
  }

  /** The last lines of the log of all runs. */
  logTail(lines = 20): string {
    try {
      return readFileSync(this.#command.log, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
    } catch {
      return '';
    }
  }

  /** Until Node has reaped the process its pid is not free, and afterwards `kill` does nothing: no other is signalled. */
  #signal(signal: NodeJS.Signals): void {
    if (this.alive) this.#child?.kill(signal);
  }

  async #gone(): Promise<void> {
    this.#child?.ref();
    await this.#exit;
    this.#frozen = false;
  }

  #isStopped(): boolean {
    try {
      const stat = readFileSync(`/proc/${this.pid}/stat`, 'utf8');
      return stat.slice(stat.lastIndexOf(')') + 2).startsWith('T');
    } catch {
      return false;
    }
  }
}
