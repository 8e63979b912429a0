import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { CommandOptions, Ended } from './driver.ts';

export const bin = fileURLToPath(new URL('../../packages/tenure/bin/tenure.js', import.meta.url));
/** Milliseconds, on a busy machine. */
const PATIENCE = 60_000;

/** The real `tenure` to its end. */
export async function tenure(
  args: readonly string[],
  { input = '', env: more = {} }: CommandOptions = {},
): Promise<Ended> {
  const { TENURE_STORE: _, ...env } = process.env;
  const child = spawn(process.execPath, [bin, ...args], {
    env: { ...env, NO_COLOR: '1', ...more },
    timeout: PATIENCE,
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const [[code], stdout, stderr] = await Promise.all([
    once(child, 'close') as Promise<[number | null]>,
    text(child.stdout),
    text(child.stderr),
  ]);
  if (code === null) throw new Error(`tenure ${args.join(' ')}: no end within ${PATIENCE} ms\n${stderr}`);
  return { code, stdout, stderr };
}
