import type { Row } from './results.ts';

export const figureNames = [
  'Two leaders, ms',
  'Needless demotions',
  'Lost writes',
  'Stale views',
  'Takeover, ms: p50 / max',
] as const;

/** What is shown of a row, in the order of `figureNames`; `bad`: the contract is broken. */
export function figuresOf(row: Row): { readonly text: string; readonly bad: boolean }[] {
  const { twoLeaders, needlessDemotions, lostWrites, unannouncedStaleViews, takeover } = row;
  return [
    { text: twoLeaders === undefined ? '–' : number(twoLeaders), bad: (twoLeaders ?? 0) > 0 },
    { text: number(needlessDemotions), bad: false },
    { text: number(lostWrites), bad: lostWrites > 0 },
    { text: number(unannouncedStaleViews), bad: unannouncedStaleViews > 0 },
    { text: takeover === undefined ? '–' : `${number(takeover.p50)} / ${number(takeover.max)}`, bad: false },
  ];
}

/** Rounded up: what is more than nothing is never shown as nothing. */
export function number(value: number): string {
  return (Math.ceil(value) || 0).toLocaleString('en-GB');
}
