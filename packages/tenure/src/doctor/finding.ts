/** `note`: worth knowing, and nothing has to be done about it. */
export type Grade = 'ok' | 'note' | 'wrong';

/** One thing that was looked at. */
export interface Finding {
  readonly topic: 'server' | 'store' | 'permission' | 'session' | 'timing' | 'key';
  readonly grade: Grade;
  /** An endpoint, a key without the path of its scope, a field. */
  readonly subject: string;
  readonly message: string;
}

/** A key as the finding's subject. */
export function inScope(key: string, scopePrefix: string): string {
  return key.startsWith(scopePrefix) ? key.slice(scopePrefix.length) : key;
}

/** Milliseconds as seconds for people. */
export function inSeconds(ms: number): string {
  return `${Math.round(ms) / 1000} s`;
}

/** Milliseconds in the unit that suits them, for people: what has been going on for long needs no seconds. */
export function inTime(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 2) return `${Math.floor(ms / 1000)} s`;
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d`;
}
