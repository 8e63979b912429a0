import type { Subject } from './answer.ts';

/** What the thread is started with. */
export interface Start {
  readonly board: SharedArrayBuffer;
  readonly subject: Subject;
  readonly host: string;
  readonly port: number;
}

/** What it says once: where it listens, or why it cannot. */
export type Started =
  | { readonly type: 'listening'; readonly port: number }
  | { readonly type: 'failed'; readonly code: string; readonly message: string };
