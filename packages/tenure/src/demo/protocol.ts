import type { ResolvedConfig } from '../config.ts';

/** From the stage to a member. */
export type DemoOrder =
  | { readonly type: 'start'; readonly config: ResolvedConfig; readonly log: string }
  /** Give the office up and wait until somebody else has it. */
  | { readonly type: 'release' };

/** From a member to the stage. `at` is CLOCK_MONOTONIC of this host in milliseconds. */
export type DemoReport =
  | { readonly type: 'ready' }
  | { readonly type: 'waiting' }
  | { readonly type: 'leading'; readonly token: number; readonly at: number }
  /** A fenced write landed. */
  | { readonly type: 'worked'; readonly token: number }
  | { readonly type: 'released'; readonly token: number; readonly at: number }
  | {
      readonly type: 'woke';
      readonly token: number;
      readonly frozenMs: number;
      /** What the lease itself said at the first look. */
      readonly held: boolean;
      /** Whether the store refused a write that was sent all the same. */
      readonly refused: boolean;
    };

/** One line of a member's log: it acted as the holder of this term at this moment. */
export interface Act {
  readonly token: number;
  readonly at: number;
}
