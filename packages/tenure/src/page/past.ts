import { h } from './dom.ts';
import { time } from './format.ts';
import { dataTable } from './table.ts';
import type { PastLeaderJson, TermJson } from './wire.ts';

/** Who led while the server of the page looked, the latest first. */
export function termsTable(terms: readonly TermJson[]): HTMLElement {
  return dataTable({
    caption: 'Leaders seen since this server started',
    columns: ['Leader', 'Token', 'From', 'To'],
    numeric: new Set(['Token']),
    rows: [...terms].reverse().map(({ leader, token, from, before, to }) => ({
      key: from,
      cells: [
        leader || 'nobody',
        token === null ? '' : String(token),
        before ? 'before this server looked' : time(from),
        to === undefined ? 'now' : time(to),
      ],
    })),
  });
}

/** The history key, the latest first. */
export function historyTable(history: readonly PastLeaderJson[]): HTMLElement {
  return h(
    'details',
    { class: 'history' },
    h('summary', {}, `History of timelines (${history.length})`),
    dataTable({
      caption: 'History of timelines',
      columns: ['Timeline', 'New leader', 'When', 'Reason'],
      numeric: new Set(),
      rows: [...history].reverse().map(({ timeline, leader, at, reason }) => ({
        key: String(timeline),
        cells: [String(timeline), leader || 'not told', at === '' ? 'not told' : time(at), reason],
      })),
    }),
  );
}
