import type { Session, Store } from './store.ts';

/** What the store granted with a session, milliseconds. */
export interface Grant {
  /** The ttl that was asked for. */
  readonly asked: number;
  /** How long the keys of the session live without a renewal: more than what was asked for when the servers grant no less. */
  readonly ttl: number;
  readonly guaranteed: number;
}

/** Less than this is rounding. */
const GRAIN = 1;

const told = new Set<string>();

/** Says it, once in a process, when keys live longer than was asked for or are guaranteed for less than the store had said. */
export function warnOfGrant(store: Store, asked: number, { ttl, guaranteed }: Session): void {
  if (ttl >= asked + GRAIN) {
    warn(
      `${store.name}: a ttl of ${asked} ms was asked for and ${ttl} ms were granted: keys of a dead process live that long`,
    );
  }
  const said = store.guaranteed(asked);
  if (guaranteed <= said - GRAIN) {
    warn(
      `${store.name}: a session with a ttl of ${asked} ms guarantees ${guaranteed} ms and not ${said}: ` +
        'the servers grant less than they are configured here to grant',
    );
  }
}

function warn(message: string): void {
  if (told.has(message)) return;
  told.add(message);
  process.emitWarning(message, 'TenureWarning');
}
