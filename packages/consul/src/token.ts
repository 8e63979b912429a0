import { readFileSync } from 'node:fs';
import { type Clock, Rotated } from '@tenure/core';

/**
 * The ACL token to send now: the file is read again when it has changed. While it is missing or empty, the last token stays
 * in use.
 * @throws TypeError when the file cannot be read or is empty
 */
export function tokenFile(path: string, clock: Clock): Rotated<string> {
  try {
    return new Rotated([path], clock, () => read(path));
  } catch (error) {
    throw new TypeError(`consul: tokenFile is ${path}, which cannot be used: ${(error as Error).message}`);
  }
}

function read(path: string): string {
  const token = readFileSync(path, 'utf8').trim();
  if (token === '') throw new Error('it is empty');
  return token;
}
