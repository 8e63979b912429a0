import { breakable } from './breakable.ts';
import { type Child, h } from './dom.ts';

export interface Row {
  /** Keeps the row when others come and go. */
  readonly key: string;
  readonly cells: readonly Child[];
  readonly marked?: boolean;
}

export interface Table {
  readonly caption: string;
  readonly columns: readonly string[];
  readonly numeric: ReadonlySet<string>;
  readonly rows: readonly Row[];
}

/**
 * A table whose first column names the row. On a narrow screen each row is shown as a card, which takes the meaning of a
 * table away from it in some browsers: hence the roles, and the column's name with each cell. One that is too wide scrolls in its box.
 */
export function dataTable({ caption, columns, numeric, rows }: Table): HTMLElement {
  const kind = (column: number) => (numeric.has(columns[column] ?? '') ? 'number' : null);
  const table = h(
    'table',
    { role: 'table' },
    h('caption', { class: 'hidden' }, caption),
    h(
      'thead',
      { role: 'rowgroup' },
      h(
        'tr',
        { role: 'row' },
        ...columns.map((title, column) => h('th', { scope: 'col', role: 'columnheader', class: kind(column) }, title)),
      ),
    ),
    h(
      'tbody',
      { role: 'rowgroup' },
      ...rows.map(({ key, cells, marked = false }) =>
        h(
          'tr',
          { role: 'row', 'data-key': key, class: marked ? 'marked' : null },
          ...cells.map((cell, column) =>
            column === 0
              ? h('th', { scope: 'row', role: 'rowheader' }, ...parts(cell))
              : h('td', { role: 'cell', class: kind(column), 'data-label': columns[column] ?? '' }, ...parts(cell)),
          ),
        ),
      ),
    ),
  );
  return h('div', { class: 'scroll', role: 'group', 'aria-label': caption }, table);
}

function parts(cell: Child): readonly Child[] {
  return typeof cell === 'string' ? breakable(cell) : [cell];
}
