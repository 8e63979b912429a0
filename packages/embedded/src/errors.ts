import { DcsError } from '@tenure/core';

export const NAME = 'embedded';

export function closed(): DcsError {
  return new DcsError('CLOSED', 'the store is closed', { store: NAME });
}

export function sessionLost(id: string): DcsError {
  return new DcsError('SESSION_LOST', `session ${id} has expired or was ended`, { store: NAME });
}
