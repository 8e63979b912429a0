import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { EXIT, Exit } from './exit.ts';

/** The text of a file, or of stdin. @throws Exit 2 for a file that cannot be read */
export async function input(file: string | undefined): Promise<string> {
  if (file === undefined) return await text(process.stdin);
  return await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
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
