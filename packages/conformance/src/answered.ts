import { DcsError } from '@tenure/core';

/**
 * What a call for a session that the server has ended comes to. A server that closes the connection with the session takes
 * the reply of one call along, if that was under way: its outcome is unknown, truly, and the next call is answered.
 */
export async function answered<T>(call: () => Promise<T>, onUnknown = () => {}): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!DcsError.is(error, 'UNAVAILABLE') || !error.maybeApplied) throw error;
    onUnknown();
    return await call();
  }
}
