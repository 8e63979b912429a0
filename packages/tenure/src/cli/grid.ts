import { printable } from './terminal.ts';
import { textWidth } from './text-width.ts';

export type Cell = string | number;

export interface Grid {
  /** Stands in the upper rule, as far as it fits. */
  readonly title?: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** The columns that are aligned to the right. */
  readonly right: ReadonlySet<string>;
}

/**
 * A ruled table as `patronictl` prints it (PrettyTable's default style): one blank beside each cell, rules above and below
 * the header and at the end, and after every row when a cell has several lines.
 */
export function gridLines({ title = '', columns, rows, right }: Grid): string[] {
  const cells = [columns, ...rows].map((row) => row.map((cell) => String(cell).split('\n').map(printable)));
  const widths = columns.map((_, column) =>
    Math.max(...cells.flatMap((row) => (row[column] ?? ['']).map((line) => textWidth(line)))),
  );
  const rule = `+${widths.map((width) => '-'.repeat(width + 2)).join('+')}+`;
  const isTall = cells.some((row) => row.some((cell) => cell.length > 1));
  const lines = cells.map((row) => rowLines(row, widths, (column) => right.has(columns[column] ?? '')));
  const [header = [], ...body] = lines;
  return [
    titled(rule, printable(title)),
    ...header,
    rule,
    ...(isTall ? body.flatMap((line) => [...line, rule]) : [...body.flat(), rule]),
  ];
}

function rowLines(
  row: readonly (readonly string[])[],
  widths: readonly number[],
  isRight: (column: number) => boolean,
): string[] {
  const height = Math.max(...row.map((cell) => cell.length));
  return Array.from({ length: height }, (_, line) => {
    const texts = widths.map((width, column) => {
      const text = row[column]?.[line] ?? '';
      const blank = ' '.repeat(Math.max(0, width - textWidth(text)));
      return isRight(column) ? blank + text : text + blank;
    });
    return `| ${texts.join(' | ')} |`;
  });
}

function titled(rule: string, title: string): string {
  const fitting = [...title].slice(0, rule.length - 2).join('');
  return `+${fitting}${rule.slice(1 + textWidth(fitting))}`;
}
