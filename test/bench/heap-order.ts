import type { Address } from './target.ts';

/** What the process that measures its own heap is asked, and what it answers. */
export interface HeapOrder {
  readonly address: 'memory' | Address;
  readonly work: 'dcs' | 'renewals';
  readonly watch: boolean;
  /** How many Dcs; or how many renewals a batch. */
  readonly count: number;
}

export interface HeapReport {
  /** What the work left on the heap, buffers outside of it included; of renewals, the least of all batches. */
  readonly bytes: number;
}

export const BATCHES = 4;
