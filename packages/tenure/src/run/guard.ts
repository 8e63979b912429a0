import { type ChildProcess, fork } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { groupAlive, signalGroup } from './group.ts';
import { type HostMoment, until } from './host-clock.ts';
import type { Order, Report } from './protocol.ts';

/** How the command ended. In every case no process of its group is left. */
export type CommandEnd =
  | { readonly type: 'exited'; readonly code: number | null; readonly signal: NodeJS.Signals | null }
  /** It was stopped because the lease ran out or was lost. */
  | { readonly type: 'stopped' }
  | { readonly type: 'not started'; readonly code: string; readonly message: string }
  /** The watchdog died, so the command was killed. */
  | { readonly type: 'unguarded' };

export interface CommandStart {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Milliseconds between TERM and KILL. */
  readonly grace: number;
  /** Milliseconds that a KILL may take to be carried out. */
  readonly killTime: number;
  readonly deadline: HostMoment;
}

/** How often a group that is to be gone is looked at, milliseconds. */
const POLL = 10;

interface Running {
  readonly start: CommandStart;
  readonly end: PromiseWithResolvers<CommandEnd>;
  deadline: HostMoment;
  group: number | undefined;
  /** This end had to kill it. */
  overdue: boolean;
  cancelBackup: () => void;
}

/**
 * `tenure run`'s end of its watchdog. The watchdog keeps the deadlines also while this process is frozen; this end kills
 * the group when the watchdog did not.
 */
export class Guard {
  readonly #watchdog: ChildProcess;
  #running: Running | undefined;

  private constructor(watchdog: ChildProcess) {
    this.#watchdog = watchdog;
    watchdog.on('message', (report: Report) => this.#heard(report));
    watchdog.on('exit', () => this.#lostWatchdog());
  }

  /** Starts the watchdog, in a process group of its own so that no signal from a terminal reaches it. */
  static async launch(): Promise<Guard> {
    const entry = fileURLToPath(new URL(`../watchdog${import.meta.url.slice(-3)}`, import.meta.url));
    const watchdog = fork(entry, { detached: true, stdio: ['inherit', 'inherit', 'inherit', 'ipc'], execArgv: [] });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    watchdog.once('message', () => resolve());
    watchdog.once('error', reject);
    watchdog.once('exit', (code) => reject(new Error(`the watchdog ended at its start with code ${code}`)));
    await promise;
    return new Guard(watchdog);
  }

  /** Runs one command to its end. Resolves when no process of its group is left. */
  async run(start: CommandStart): Promise<CommandEnd> {
    if (!this.#watchdog.connected) return { type: 'unguarded' };
    const running: Running = {
      start,
      end: Promise.withResolvers<CommandEnd>(),
      deadline: start.deadline,
      group: undefined,
      overdue: false,
      cancelBackup: () => undefined,
    };
    this.#running = running;
    const { command, env, grace, deadline } = start;
    this.#send({ type: 'start', command, env, grace, deadline });
    this.#armBackup(running);
    return await running.end.promise;
  }

  /** The lease was renewed. */
  prolong(deadline: HostMoment): void {
    if (this.#running === undefined) return;
    this.#running.deadline = deadline;
    this.#send({ type: 'deadline', deadline });
  }

  /** Hands a signal on to the command. False when none is running. */
  signal(signal: NodeJS.Signals): boolean {
    if (this.#running === undefined) return false;
    this.#send({ type: 'signal', signal });
    return true;
  }

  /** The lease was lost before its deadline: someone else may lead already. */
  kill(): void {
    this.#send({ type: 'kill' });
  }

  /** Lets the watchdog go. Resolves when no process of the command is left: one that still runs is killed. */
  async close(): Promise<void> {
    const running = this.#running;
    if (running !== undefined) {
      this.kill();
      await running.end.promise;
    }
    if (this.#watchdog.connected) this.#watchdog.disconnect();
  }

  #send(order: Order): void {
    // A watchdog that is gone is dealt with by its exit event.
    if (this.#watchdog.connected) this.#watchdog.send(order, () => undefined);
  }

  #heard(report: Report): void {
    const running = this.#running;
    if (running === undefined) return;
    if (report.type === 'started') running.group = report.group;
    else if (report.type === 'failed') {
      this.#settle(running, { type: 'not started', code: report.code, message: report.message });
    } else if (report.type === 'gone') {
      const { code, signal, stopped } = report;
      this.#settle(running, stopped || running.overdue ? { type: 'stopped' } : { type: 'exited', code, signal });
    }
  }

  #settle(running: Running, end: CommandEnd): void {
    running.cancelBackup();
    this.#running = undefined;
    running.end.resolve(end);
  }

  #lostWatchdog(): void {
    const running = this.#running;
    if (running === undefined) return;
    void killUntilGone(running.group).then(() => this.#settle(running, { type: 'unguarded' }));
  }

  /** KILL when half of the time for it has passed and the watchdog has not told that the group is gone. */
  #armBackup(running: Running): void {
    running.cancelBackup();
    const { grace, killTime } = running.start;
    const left = until(running.deadline) + grace + killTime / 2;
    // When this process was frozen, the report that the group is gone waits to be read: let it, before a signal.
    const timer =
      left > 0 ? setTimeout(() => this.#armBackup(running), left) : setTimeout(() => this.#overdue(running), POLL);
    running.cancelBackup = () => clearTimeout(timer);
  }

  #overdue(running: Running): void {
    if (this.#running !== running) return;
    running.overdue = true;
    if (running.group !== undefined) signalGroup(running.group, 'SIGKILL');
    this.#armBackup(running);
  }
}

async function killUntilGone(group: number | undefined): Promise<void> {
  if (group === undefined) return;
  while (groupAlive(group)) {
    signalGroup(group, 'SIGKILL');
    await sleep(POLL);
  }
}
