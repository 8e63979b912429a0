/** `note`: worth knowing, and nothing has to be done about it. */
export type Grade = 'ok' | 'note' | 'wrong';

/** One thing that was looked at. */
export interface Finding {
  readonly topic: 'server' | 'store' | 'permission' | 'session' | 'timing' | 'key';
  readonly grade: Grade;
  /** An endpoint, a key, a field. */
  readonly subject: string;
  readonly message: string;
}

/** Milliseconds as seconds for people. */
export function inSeconds(ms: number): string {
  return `${Math.round(ms) / 1000} s`;
}
