import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('main.ts', import.meta.url));

/** A run of the command that is in the middle of its faults, and what there is because of it. */
export class Interrupted implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #temporary: string;
  readonly #exit: Promise<unknown[]>;

  private constructor(child: ChildProcess, temporary: string) {
    this.#child = child;
    this.#temporary = temporary;
    this.#exit = once(child, 'exit');
  }

  /** Resolves with the first fault. */
  static async start(args: readonly string[]): Promise<Interrupted> {
    const temporary = mkdtempSync(join(tmpdir(), 'tenure-interrupted-'));
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, ...args], {
      env: { ...process.env, TMPDIR: temporary },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const run = new Interrupted(child, temporary);
    for await (const line of createInterface(child.stdout)) if (/ fault 1 /.test(line)) break;
    child.stdout.resume();
    return run;
  }

  /** The processes that it started, and those that these did. */
  descendants(): number[] {
    const children = new Map<number, number[]>();
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      const parent = parentOf(Number(pid));
      if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(pid)]);
    }
    const below = (pid: number): number[] => (children.get(pid) ?? []).flatMap((child) => [child, ...below(child)]);
    return below(this.#child.pid as number);
  }

  /** What it has in the folder for temporary files. */
  folders(): string[] {
    return readdirSync(this.#temporary);
  }

  /** The link to the network of its servers, by the addresses in their commands; none without such a network. */
  leg(): string | undefined {
    const commands = this.descendants().map((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
    const subnet = /198\.19\.(\d+)\./.exec(commands.join())?.[1];
    return subnet === undefined ? undefined : `tenure${subnet}`;
  }

  /** Resolves to its exit code when it is gone. */
  async end(signal: 'SIGINT' | 'SIGKILL'): Promise<unknown> {
    this.#child.kill(signal);
    const [code] = await this.#exit;
    return code;
  }

  /** Resolves when these processes are gone, that link and its folders; some end a moment after it. */
  async gone(processes: readonly number[], leg: string | undefined): Promise<void> {
    const linked = () => leg !== undefined && leg in networkInterfaces();
    while (linked() || processes.some((pid) => parentOf(pid) !== undefined) || this.folders().length > 0)
      await sleep(20);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await this.end('SIGKILL');
    rmSync(this.#temporary, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** `undefined` when there is no such process. */
function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? undefined : Number(parent);
  } catch {
    return undefined;
  }
}
