import type { Session, Store } from '@tenure/core';

/** Ends a fault. Idempotent. Resolves when bytes pass again; the client may need a moment more. */
export interface Heal extends AsyncDisposable {
  (): Promise<void>;
}

/**
 * What an adapter's author supplies. All times in milliseconds. The hooks are optional one by one: a missing hook names
 * the cases it skips, and a store is conformant with zero skips.
 */
export interface Harness {
  readonly name: string;
  /** The shortest ttl that the store grants. */
  readonly ttl: number;
  /** How long beyond the ttl the server may take to remove the keys of a session that is gone. A fact of the server. */
  readonly grace: number;
  /** A fresh client of the same server, with its own connection. */
  connect(): Promise<Store>;
  readonly faults?: Faults;
  readonly admin?: Admin;
}

/** Faults between one client and the server, or of the server. `proxyHarness` and `linkHarness` supply all but the last two. */
export interface Faults {
  /** Nothing passes, either way. Both sides believe the connection open; what was sent meanwhile is gone for good. */
  cut?(store: Store): Promise<Heal>;
  /** Requests arrive, replies are lost. */
  mute?(store: Store): Promise<Heal>;
  /** Bytes are held, both ways, and delivered in order on heal. */
  freeze?(store: Store): Promise<Heal>;
  /** Every byte takes `ms` longer, each way. */
  delay?(store: Store, ms: number): Promise<Heal>;
  /** Breaks every connection that is open now. New ones are welcome. */
  reset?(store: Store): Promise<void>;
  /** The next reply breaks off in mid-packet, and its connection with it. New ones are welcome. */
  tear?(store: Store): Promise<void>;
  /** Breaks every connection and refuses new ones. */
  refuse?(store: Store): Promise<Heal>;
  /** The connections that the client has open now. */
  connections?(store: Store): number;
  /** The server stops and starts again; committed state survives. No other case runs meanwhile. */
  restart?(): Promise<void>;
  /** The server ends the session as if its ttl had run out, and the client is not told. */
  expire?(session: Session): Promise<void>;
}

/** An administrator who reaches the server by other means than the store under test. */
export interface Admin {
  putRaw(key: string, bytes: Uint8Array): Promise<void>;
  delete(key: string): Promise<void>;
  get(key: string): Promise<Uint8Array | undefined>;
}

/** A hook that a case needs. */
export type Need = keyof Faults | 'admin';

/** Makes a `Heal` of a function that need not be idempotent. */
export function healing(heal: () => Promise<void> | void): Heal {
  let healed: Promise<void> | undefined;
  const once = () => {
    healed ??= (async () => heal())();
    return healed;
  };
  return Object.assign(once, { [Symbol.asyncDispose]: once });
}

/** Why a case with these needs is skipped on this harness; `false` when it is not. */
export function missing(harness: Harness, needs: readonly Need[]): string | false {
  const absent = needs.filter((need) =>
    need === 'admin' ? harness.admin === undefined : harness.faults?.[need] === undefined,
  );
  return absent.length === 0 ? false : `the harness has no ${absent.join(', ')}`;
}
