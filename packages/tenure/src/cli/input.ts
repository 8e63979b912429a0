import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { utf8Text } from '../utf8.ts';
import { EXIT, Exit } from './exit.ts';

/** The text of a file, or of stdin. @throws Exit 2 for a file that cannot be read, and for what is not UTF-8 */
export async function input(file: string | undefined): Promise<string> {
  const bytes = file === undefined ? await buffer(process.stdin) : await bytesOf(file);
  return orUsage(() => utf8Text(bytes, file ?? 'stdin'));
}

async function bytesOf(file: string): Promise<Buffer> {
  return await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new Exit(EXIT.usage, `${file}: cannot be read (${error.code})`);
  });
}

/** @throws Exit 2 for a SyntaxError of what the user wrote */
export function orUsage<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof SyntaxError ? new Exit(EXIT.usage, error.message) : error;
  }
}
