import type { ClusterView, Dcs, Lease } from '@tenure/core';
import type { PatroniDcs, PatroniView } from './driver.ts';

/** Tenure's hand on a scope, and the lease once it leads. */
export interface TenureHand {
  readonly dcs: Dcs;
  lease: Lease | undefined;
}

/** One value of one key, written by both, and what each must see of it whoever wrote it. */
export interface Row {
  /** As the layout has it. */
  readonly key: string;
  readonly title: string;
  patroni(dcs: PatroniDcs): Promise<unknown>;
  tenure(hand: TenureHand): Promise<unknown>;
  /** The part of a view that this value is. */
  seenByTenure(view: ClusterView): unknown;
  readonly tenureSees: unknown;
  seenByPatroni(view: PatroniView): unknown;
  readonly patroniSees: unknown;
  /** Tenure empties a document that Patroni deletes: the bytes are not the same. */
  readonly emptied?: true;
}

/** The names of both hands in their scopes: what they write of themselves is the same. */
export const SELF = 'pg1';
