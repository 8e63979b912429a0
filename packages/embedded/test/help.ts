import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Snapshot, Txn } from '@tenure/core';

/** Milliseconds after which a wait of these tests gives up: far above anything a loaded machine needs. */
const PATIENCE = 20_000;

export function temporaryFile(t: TestContext, name = 'store.db'): string {
  const directory = mkdtempSync(join(tmpdir(), 'tenure-embedded-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return join(directory, name);
}

/** A child process running a fixture; killed at the latest when the test ends. */
export class Child {
  readonly process: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #interface: Interface;
  #errors = '';

  constructor(t: TestContext, fixture: string, args: readonly string[], options: SpawnOptions = {}) {
    const path = fileURLToPath(new URL(`fixtures/${fixture}.ts`, import.meta.url));
    this.process = spawn(process.execPath, [path, ...args], { ...options, stdio: ['pipe', 'pipe', 'pipe'] });
    t.after(() => this.kill());
    this.process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#errors += text;
    });
    if (this.process.stdout === null) throw new Error('the child has no stdout');
    this.#interface = createInterface(this.process.stdout);
    this.#lines = this.#interface[Symbol.asyncIterator]();
  }

  get errors(): string {
    return this.#errors;
  }

  async line(): Promise<string> {
    const next = await within(this.#lines.next(), 'a line from the child', () => this.#errors);
    if (next.done) throw new Error(`the child ended: ${this.#errors}`);
    return next.value;
  }

  /** All lines up to the end of the child. */
  async rest(): Promise<string[]> {
    const lines: string[] = [];
    for (;;) {
      const next = await within(this.#lines.next(), 'the end of the child', () => this.#errors);
      if (next.done) return lines;
      lines.push(next.value);
    }
  }

  async exit(): Promise<number | null> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return this.process.exitCode;
    const ended = Promise.withResolvers<number | null>();
    this.process.once('close', ended.resolve);
    return await within(ended.promise, 'the exit of the child', () => this.#errors);
  }

  async kill(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.exit();
  }
}

export async function within<T>(work: Promise<T>, what: string, detail: () => string = () => ''): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`waited ${PATIENCE} ms for ${what} ${detail()}`)), PATIENCE);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** The first snapshot that satisfies `wanted`. */
export async function seen(
  iterator: AsyncIterator<Snapshot>,
  wanted: (snapshot: Snapshot) => boolean,
): Promise<Snapshot> {
  for (;;) {
    const { done, value } = await within(iterator.next(), 'a snapshot');
    if (done) throw new Error('the watch ended');
    if (wanted(value)) return value;
  }
}

export function put(key: string, value: string): Txn {
  return { guards: [], writes: [{ type: 'put', key, value }] };
}

export function values(snapshot: Snapshot): Record<string, string> {
  return Object.fromEntries([...snapshot.entries].map(([key, { value }]) => [key, value]));
}
