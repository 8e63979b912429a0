/** Why an operation failed. The set is closed; messages may change, codes do not. */
export type DcsErrorCode =
  /** The store could not be reached or did not answer in time, or it has no leader. */
  | 'UNAVAILABLE'
  /** The session is gone on the store, and its keys with it. */
  | 'SESSION_LOST'
  /** The lease is no longer held: expired, released, deposed, or its key was removed. */
  | 'LEASE_LOST'
  /** Another live process uses this member's name. */
  | 'NAME_IN_USE'
  /** The store refused the credentials or the permission. */
  | 'DENIED'
  /** A stored value cannot be what its key promises. */
  | 'INVALID_DATA'
  /** The store refused for want of room or rate: quota, too many requests, a value over its limit. */
  | 'LIMIT'
  /** The guarded value kept changing until the deadline. */
  | 'CONFLICT'
  /** The store or the Dcs was closed. */
  | 'CLOSED';

export interface DcsErrorOptions {
  readonly store?: string;
  /** True when a write may have taken effect, or may yet. Only a read can tell. */
  readonly maybeApplied?: boolean;
  readonly cause?: unknown;
}

/** Every failure that comes from a store. Bad arguments are `TypeError` and `RangeError` instead. */
export class DcsError extends Error {
  override readonly name = 'DcsError';
  readonly code: DcsErrorCode;
  readonly maybeApplied: boolean;
  readonly store: string | undefined;

  constructor(code: DcsErrorCode, message: string, options: DcsErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: cleanCause(options.cause) });
    this.code = code;
    this.maybeApplied = options.maybeApplied ?? false;
    this.store = options.store;
  }

  static is(error: unknown, code?: DcsErrorCode): error is DcsError {
    return error instanceof DcsError && (code === undefined || error.code === code);
  }
}

/** A copy that carries no headers, tokens or cycles: client libraries hang requests and credentials on their errors. */
function cleanCause(cause: unknown): unknown {
  if (cause instanceof DcsError) return cause;
  if (!(cause instanceof Error)) return typeof cause === 'object' ? undefined : cause;
  const copy = new Error(cause.message);
  copy.name = cause.name;
  if (cause.stack !== undefined) copy.stack = cause.stack;
  const code = (cause as { code?: unknown }).code;
  if (typeof code === 'string' || typeof code === 'number') Object.assign(copy, { code });
  return copy;
}
