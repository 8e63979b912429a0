import type { ClusterView, Dcs, Lease } from '@tenure/core';
import type { PatroniDcs, PatroniView } from './driver.ts';
import type { PatroniVersion } from './patroni.ts';

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
  /** What a version before 4.0 does otherwise. */
  readonly before4?: Differs;
  /** Tenure empties a document that Patroni deletes: the bytes are not the same. */
  readonly emptied?: true;
}

/** How an old version's key is another. */
export interface Differs {
  /** For the table of docs/interop.md. */
  readonly why: string;
  /** Instead of the row's; it sees less. */
  readonly patroniSees?: unknown;
  /** Of what that version wrote, which says less. */
  readonly tenureSees?: unknown;
  /** What that version writes, if it is not what Tenure does. */
  readonly bytes?: string;
}

export function differs(row: Row, version: PatroniVersion): Differs | undefined {
  return version === '3.0' ? row.before4 : undefined;
}

/** The names of both hands in their scopes: what they write of themselves is the same. */
export const SELF = 'pg1';

export const RETAINED = '3.0 neither writes nor reads slots to retain';
