import type { HistoryEvent } from '@tenure/conformance';

/** A control's history with its terms numbered in the order in which they were won, over all its processes. */
export function numbered(history: readonly HistoryEvent[]): HistoryEvent[] {
  const numbers = new Map<string, number>();
  const term = ({ client, token }: { readonly client: string; readonly token: number }) => `${client}/${token}`;
  for (const event of history.toSorted((a, b) => a.at - b.at)) {
    if (event.type === 'term' && event.event === 'acquired') numbers.set(term(event), numbers.size + 1);
  }
  return history.map((event) => {
    if (event.type !== 'term' && event.type !== 'act') return event;
    return { ...event, token: numbers.get(term(event)) ?? event.token };
  });
}
