import { readFileSync } from 'node:fs';
import { type Clock, Rotated } from '@tenure/core';
import type { ConsulOptions } from './options.ts';

/**
 * The ACL token to send now, asked for with every request: the file is read again when it has changed. While it is missing or
 * empty, the last token stays in use.
 * @throws TypeError when the file cannot be read or is empty
 */
export function tokenOf(
  { token, tokenFile: path }: Pick<ConsulOptions, 'token' | 'tokenFile'>,
  clock: Clock,
): () => string | undefined {
  if (path === undefined) return () => token;
  try {
    const held = new Rotated([path], clock, () => read(path));
    return () => held.current();
  } catch (error) {
    throw new TypeError(`consul: tokenFile is ${path}, which cannot be used: ${(error as Error).message}`);
  }
}

function read(path: string): string {
  const token = readFileSync(path, 'utf8').trim();
  if (token === '') throw new Error('it is empty');
  return token;
}
