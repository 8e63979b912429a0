import { dataText, type Format } from './format.ts';
import { type Cell, gridLines } from './grid.ts';
import { printable } from './terminal.ts';
import { yamlText } from './yaml-text.ts';

/** A row by its columns. A value that is no cell, such as a member's tags, is YAML in tables. */
export type Row = Readonly<Record<string, unknown>>;

export interface Records {
  readonly title?: string;
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
  /** Columns that only the formats for machines have, because the title says it for people. */
  readonly titled?: readonly string[];
  /** What people read above a column, where it is not its name. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly right?: readonly string[];
  /** Leave out of objects what is empty. */
  readonly sparse?: boolean;
  /** How a value that is no cell is written in the table for people. */
  readonly style?: 'block' | 'flow';
}

/** Records in one of the formats. `pretty` has a rule of its own for each, the others are for machines. */
export function recordLines(records: Records, format: Format): string[] {
  if (format === 'pretty') return prettyLines(records);
  if (format === 'tsv') return tsvLines(records);
  const { columns, rows, sparse = false } = records;
  const objects = rows.map((row) => {
    const fields = columns.map((column) => [column, row[column] ?? ''] as const);
    return Object.fromEntries(sparse ? fields.filter(([, value]) => value !== '') : fields);
  });
  return [dataText(objects, format)];
}

function prettyLines({ title, columns, rows, titled = [], headers = {}, right = [], style }: Records): string[] {
  const shown = columns.filter((column) => !titled.includes(column));
  return gridLines({
    ...(title === undefined ? {} : { title: ` ${title} ` }),
    columns: shown.map((column) => headers[column] ?? column),
    rows: rows.map((row) => shown.map((column) => cellOf(row[column], style ?? 'block'))),
    right: new Set(right.map((column) => headers[column] ?? column)),
  });
}

function tsvLines({ columns, rows }: Records): string[] {
  const line = (cells: readonly Cell[]) =>
    cells.map((cell) => printable(String(cell).replaceAll('\n', ' '))).join('\t');
  return [line(columns), ...rows.map((row) => line(columns.map((column) => cellOf(row[column], 'flow'))))];
}

function cellOf(value: unknown, style: 'block' | 'flow'): Cell {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' || typeof value === 'number' ? value : yamlText(value, style);
}
