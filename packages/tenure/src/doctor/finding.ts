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
