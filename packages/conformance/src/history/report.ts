export const rules = [
  'one holder',
  'tokens',
  'fence',
  'linearizable',
  'views',
  'liveness',
  'no uncaught exception',
] as const;
export type Rule = (typeof rules)[number];

/** One sentence of the contract that a history breaks. */
export interface Violation {
  readonly rule: Rule;
  readonly at: number;
  /** Who, when, by how much: enough to find it in the history. */
  readonly message: string;
}

/** Milliseconds, unless the name says otherwise. */
export interface Figures {
  readonly operations: number;
  readonly unknownOutcomes: number;
  readonly faults: number;
  readonly terms: number;
  /** From the first act of a term to the last act of any term before it, the longest there was; negative: nobody led meanwhile. */
  readonly twoLeaderWindow: number | undefined;
  /** Terms that were lost while no fault was on, nor had been for a ttl. */
  readonly needlessDemotions: number;
  readonly lostWrites: number;
  readonly unannouncedStaleViews: number;
  /**
   * For each term that ended without a release: from the moment the server let go of its leader key, or may have, to the first
   * act of the next one.
   */
  readonly takeovers: readonly number[];
}

export interface Report {
  readonly violations: readonly Violation[];
  readonly figures: Figures;
}
