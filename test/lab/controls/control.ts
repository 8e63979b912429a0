/** One member of an election that is held without Tenure. */
export interface Contest {
  /** `host:port` of each server. */
  readonly endpoints: readonly string[];
  /** Of etcd with authentication. */
  readonly login?: { readonly username: string; readonly password: string };
  readonly scope: string;
  /** Milliseconds. */
  readonly ttl: number;
  readonly name: string;
  /** Milliseconds on the clock by which this member measures durations, if it does. */
  readonly now: () => number;
  /** It is told that it leads; that it does so no longer. It believes what it was told last. */
  readonly elected: () => void;
  readonly lost: () => void;
  /** A watch on the document gave this value. */
  readonly seen: (value: string | null) => void;
}

/**
 * Competes until it leaves. Its document is kept as such a program keeps it: read, and written over without a guard, since
 * whoever leads is alone.
 */
export interface Competitor {
  read(): Promise<string | null>;
  write(value: string): Promise<void>;
  leave(): Promise<void>;
}

export type Control = (contest: Contest) => Competitor;

/** Where Tenure would keep the same thing, so that one witness sees both. */
export function keyOf(scope: string, key: 'leader' | 'config'): string {
  return `/service/${scope}/${key}`;
}
