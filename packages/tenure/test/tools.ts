import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../bin/tenure.js', import.meta.url));
const WORKER = fileURLToPath(new URL('./worker.ts', import.meta.url));

/** How long a condition that must come true may take on a busy machine, milliseconds: several times what it needs. */
const PATIENCE = 20_000;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Tenure {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  stdout(): string;
  stderr(): string;
}

export interface TenureOptions {
  readonly env?: Record<string, string>;
  /** All of stdin, which is empty without it; `open` leaves it open for the test to write. */
  readonly input?: string | Buffer | { readonly open: true };
}

/** The real command in a process of its own; killed when the test ends. */
export function tenure(t: TestContext, args: readonly string[], options: TenureOptions = {}): Tenure {
  const { TENURE_STORE: _, ...env } = process.env;
  const child = spawn(process.execPath, [BIN, ...args], { env: { ...env, NO_COLOR: '1', ...options.env } });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (text) => {
    output.stdout += text;
  });
  child.stderr.on('data', (text) => {
    output.stderr += text;
  });
  child.stdin.on('error', () => undefined);
  const { input = '' } = options;
  if (typeof input === 'string' || Buffer.isBuffer(input)) child.stdin.end(input);
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, ...output }));
  });
  t.after(async () => {
    child.kill('SIGCONT');
    child.kill('SIGKILL');
    await ended;
  });
  return { process: child, ended, stdout: () => output.stdout, stderr: () => output.stderr };
}

/** The command run to its end. */
export async function finished(t: TestContext, args: readonly string[], options?: TenureOptions): Promise<Ended> {
  return await tenure(t, args, options).ended;
}

/** A folder of the test's own, removed when it ends. */
export async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'tenure-test-'));
  t.after(async () => await rm(path, { recursive: true, force: true }));
  return path;
}

/** Resolves to the first value that is not `undefined` or false; rejects when it takes too long. */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  const giveUp = performance.now() + PATIENCE;
  for (;;) {
    const value = await look();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > giveUp) throw new Error(`${what}: not within ${PATIENCE} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** CLOCK_MONOTONIC, milliseconds: the same for all processes of the host. */
export function hostNow(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** The words that make `tenure run` start a worker that logs what it does. */
export function worker(log: string, ...flags: readonly string[]): string[] {
  return ['--', process.execPath, WORKER, log, ...flags];
}

export interface WorkerLine {
  readonly event: 'begin' | 'act' | 'term' | 'end';
  readonly at: number;
  readonly pid: number;
  readonly token: number;
  readonly name: string;
  readonly scope: string;
}

export function readLog(log: string): WorkerLine[] {
  if (!existsSync(log)) return [];
  const text = readFileSync(log, 'utf8');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
  return whole.filter((line) => line !== '').map((line) => JSON.parse(line) as WorkerLine);
}

/** The first line that a worker under this name wrote. */
export async function begun(log: string, name: string): Promise<WorkerLine> {
  return await until(`a worker of ${name}`, () =>
    readLog(log).find((line) => line.name === name && line.event === 'act'),
  );
}

export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !readFileSync(`/proc/${pid}/stat`, 'latin1').includes(') Z ');
  } catch {
    return false;
  }
}

/** Pairs of processes of which one still acted when another had begun. */
export function overlaps(lines: readonly WorkerLine[]): string[] {
  const spans = new Map<number, { from: number; to: number }>();
  for (const { pid, at } of lines) {
    const span = spans.get(pid) ?? { from: at, to: at };
    spans.set(pid, { from: Math.min(span.from, at), to: Math.max(span.to, at) });
  }
  const inOrder = [...spans].sort(([, a], [, b]) => a.from - b.from);
  return inOrder.flatMap(([pid, span], index) =>
    inOrder
      .slice(index + 1)
      .filter(([, later]) => later.from <= span.to)
      .map(([other]) => `${pid} and ${other}`),
  );
}
