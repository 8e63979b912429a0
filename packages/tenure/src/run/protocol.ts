import type { HostMoment } from './host-clock.ts';

/** From `tenure run` to its watchdog. */
export type Order =
  | {
      readonly type: 'start';
      readonly command: readonly string[];
      /** Added to the watchdog's own environment. */
      readonly env: Readonly<Record<string, string>>;
      /** Milliseconds between TERM and KILL. */
      readonly grace: number;
      readonly deadline: HostMoment;
    }
  /** The lease was renewed. */
  | { readonly type: 'deadline'; readonly deadline: HostMoment }
  /** Handed on to the command. */
  | { readonly type: 'signal'; readonly signal: NodeJS.Signals }
  /** The lease is gone before its deadline: KILL now. */
  | { readonly type: 'kill' };

/** From the watchdog to `tenure run`. */
export type Report =
  | { readonly type: 'ready' }
  | { readonly type: 'started'; readonly group: number }
  /** The command could not be started. */
  | { readonly type: 'failed'; readonly code: string; readonly message: string }
  /** No process of the command's group is left. */
  | {
      readonly type: 'gone';
      readonly code: number | null;
      readonly signal: NodeJS.Signals | null;
      /** The watchdog had begun to stop the command before it ended. */
      readonly stopped: boolean;
    };
