import type { Figures, Violation } from './report.ts';

/** What one checker found, and the figures that it computed on the way. */
export interface Finding<K extends keyof Figures = never> {
  readonly violations: readonly Violation[];
  readonly figures: Pick<Figures, K>;
}
