import { DcsError } from '@tenure/core';
import { Refusal } from '../transfer/refusal.ts';

/** Exit codes. `run` adds its command's own, and every command 128 + the number of a signal. */
export const EXIT = {
  ok: 0,
  /** Refused or failed. */
  failed: 1,
  /** A wrong option, argument or configuration. */
  usage: 2,
  /** The store could not be reached. */
  unreachable: 3,
} as const;

/** Ends the command with this code. An empty message prints nothing. */
export class Exit extends Error {
  override readonly name = 'Exit';
  readonly code: number;

  constructor(code: number, message = '', options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What an error means to whoever started the command. Errors that nobody foresaw keep their stack. */
export function toExit(error: unknown): Exit {
  if (error instanceof Exit) return error;
  if (error instanceof Refusal) return new Exit(EXIT.failed, error.message);
  if (DcsError.is(error)) {
    const unknown = error.maybeApplied ? '; the write may have taken effect: look before you repeat it' : '';
    return new Exit(error.code === 'UNAVAILABLE' ? EXIT.unreachable : EXIT.failed, `${error.message}${unknown}`);
  }
  return new Exit(EXIT.failed, error instanceof Error ? (error.stack ?? error.message) : String(error));
}

/** Runs what checks the user's words: what it throws about them is a usage error. */
export async function usage<T>(work: () => Promise<T> | T): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) throw new Exit(EXIT.usage, error.message);
    throw error;
  }
}
