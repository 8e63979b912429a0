import type { Comparison } from './sample.ts';

/** One line of the table. */
export interface Row {
  readonly work: string;
  readonly ours: string;
  readonly raw?: string;
  /** Ours ÷ raw. */
  readonly ratio?: number;
  readonly budget?: string;
  /** Absent where there is no budget. */
  readonly ok?: boolean;
}

const columns = ['work', 'ours p50 / p99', 'raw p50 / p99', 'ratio', 'budget', ''] as const;

/** A comparison as a row, held to a ratio where there is a raw client and a budget. */
export function compared(work: string, { ours, raw, ratio }: Comparison, most?: number): Row {
  return {
    work,
    ours: pair(ours.p50, ours.p99),
    ...(raw && { raw: pair(raw.p50, raw.p99) }),
    ...(ratio !== undefined && { ratio }),
    ...(most !== undefined && ratio !== undefined && { budget: `≤ ${most} × raw`, ok: ratio <= most }),
  };
}

export function pair(p50: number, p99: number): string {
  return `${time(p50)} / ${time(p99)}`;
}

/** Milliseconds as people read them. */
export function time(ms: number): string {
  if (Math.abs(ms) < 1) return `${(ms * 1000).toFixed(ms * 1000 < 10 ? 1 : 0)} µs`;
  return Math.abs(ms) < 100 ? `${ms.toFixed(2)} ms` : `${ms.toFixed(0)} ms`;
}

export function print(store: string, rows: readonly Row[]): void {
  const cells = rows.map(({ work, ours, raw, ratio, budget, ok }) => [
    work,
    ours,
    raw ?? '–',
    ratio?.toFixed(2) ?? '–',
    budget ?? '–',
    ok === undefined ? '' : ok ? 'ok' : 'MISSED',
  ]);
  const widths = columns.map((title, i) => Math.max(title.length, ...cells.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    console.log(
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    );
  console.log(`\n${store}`);
  line(columns);
  line(widths.map((width) => '─'.repeat(width)));
  for (const row of cells) line(row);
}
