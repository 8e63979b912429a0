import type { PatroniVersion } from './patroni.ts';

/**
 * What a command printed, in the columns that this version of patronictl has: its lines; of 3.0 the cells, and of JSON
 * what it says, since Python puts blanks into it. patronictl ends its YAML with an empty line more.
 */
export function asOf(version: PatroniVersion, text: string, options: readonly string[]): unknown {
  if (options.includes('json')) {
    const rows = JSON.parse(text) as Record<string, unknown>[];
    return version === '4.1' ? rows : rows.map((row) => fieldsOf(version, row));
  }
  const lines = text.trimEnd().split('\n');
  if (version === '4.1' || !lines.some((line) => line.includes('Member'))) return lines;
  const of4 = lines.some((line) => line.includes('Lag in MB')) ? lines : oneLag(lines);
  return version === '4.0' ? of4 : of4.filter((line) => /[|\t]/.test(line)).map(withoutState(of4));
}

/** Until 4.1 one lag stood for both, and no position was shown. Until 4.0 a replica that streams was `running`. */
function fieldsOf(version: PatroniVersion, row: Record<string, unknown>): Record<string, unknown> {
  const { 'Receive LSN': at, 'Receive Lag': _receive, 'Replay LSN': _at, 'Replay Lag': lag = at, ...rest } = row;
  const { State, ...of3 } = rest;
  return { ...(version === '3.0' ? of3 : rest), ...(lag !== undefined && { 'Lag in MB': lag }) };
}

/** The four columns of positions and lags as the one before them, in place. */
function oneLag(lines: readonly string[]): string[] {
  const head = lines.find((line) => line.includes('Receive LSN')) ?? '';
  if (head.includes('\t')) {
    const first = head.split('\t').indexOf('Receive LSN');
    return lines.map((line) => {
      const cells = line.split('\t');
      const [at = '', , , lag = ''] = cells.splice(first, 4);
      cells.splice(first, 0, line === head ? 'Lag in MB' : lag || at);
      return cells.join('\t');
    });
  }
  const first = head.indexOf('Receive LSN') - 2;
  const end = head.lastIndexOf(' Lag ') + ' Lag '.length;
  return lines.map((line) => {
    if (line.startsWith('+')) return `${line.slice(0, first)}+-----------${line.slice(end)}`;
    if (!line.startsWith('|')) return line;
    const [, at = '', , , lag = ''] = line.slice(first, end).split('|');
    const shown = line === head ? 'Lag in MB' : lag.trim() || at.trim();
    return `${line.slice(0, first)}| ${shown.padStart(9)} ${line.slice(end)}`;
  });
}

/** The cells that 3.0 has too. */
function withoutState(lines: readonly string[]): (line: string) => string[] {
  const cellsOf = (line: string) => line.split(/[|\t]/).map((cell) => cell.trim());
  const head = cellsOf(lines.find((line) => line.includes('Member')) ?? '');
  const unknown = ['State', 'Pending restart reason'].map((column) => head.indexOf(column));
  return (line) => cellsOf(line).filter((_, index) => !unknown.includes(index));
}
