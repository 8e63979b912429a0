import type { Server } from '../../clients/connect.ts';
import type { KindName } from './kinds.ts';

/** Where a client finds the store. An embedded one has no address: its client breaks its own link on order. */
export type StoreSpec =
  | { readonly type: 'embedded'; readonly path: string }
  | {
      readonly type: Server;
      /** Those of the fault proxies of this very client, one for each node. */
      readonly endpoints: readonly string[];
      readonly username?: string;
      readonly password?: string;
    };

/** One competing client. Times in milliseconds. */
export interface ClientSpec {
  readonly kind: KindName;
  readonly store: StoreSpec;
  readonly scope: string;
  readonly name: string;
  /** The how manieth process of its run it is, from 1: its operations and watches are numbered with it. */
  readonly life: number;
  readonly ttl: number;
  /** Default: what the kind derives from the ttl. */
  readonly loopWait?: number;
  readonly retryTimeout?: number;
  /** Its own file of events, one a line of JSON; appended to. */
  readonly history: string;
}

export const lineFaults = ['cut', 'mute', 'freeze', 'refuse', 'delay', 'reset'] as const;
export type LineFault = (typeof lineFaults)[number];

export type Order =
  /** The machine sleeps from now on for `ms`: CLOCK_MONOTONIC stands still as the client sees it, the boot clock and the time of day go on. Followed by SIGSTOP for as long. */
  | { readonly type: 'suspend'; readonly ms: number }
  /** The time of day steps by `ms`. */
  | { readonly type: 'step'; readonly ms: number }
  /** The event loop stands still for `ms`, and sockets and timers with it. */
  | { readonly type: 'stall'; readonly ms: number }
  /** Of the link of an embedded store. `ms`: of `delay`. */
  | { readonly type: 'line'; readonly fault: LineFault; readonly ms?: number }
  | { readonly type: 'heal line' }
  /** Gives the office up, if it has it, and stands for it again. */
  | { readonly type: 'release' }
  | { readonly type: 'retime'; readonly ttl: number }
  /** What the process holds, after a garbage collection. */
  | { readonly type: 'measure' }
  /** Writes nothing any more, and goes on watching. */
  | { readonly type: 'calm' }
  /** Reads every document for the last time, leaves and ends. */
  | { readonly type: 'wind up' };

export interface Measure {
  /** Bytes. */
  readonly heap: number;
  /** Sockets, timers and the like that the event loop knows. */
  readonly handles: number;
  readonly descriptors: number;
}

export type Obeyed = { readonly order: number; readonly measure?: Measure; readonly failure?: string };
