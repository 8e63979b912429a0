import { type Server, servers } from '../clients/connect.ts';
import { type PatroniVersion, versions } from './patroni.ts';

/** How a test ended. */
export interface Told {
  readonly suite: string;
  readonly test: string;
  readonly passed: boolean;
}

const columns = servers.flatMap((server) => versions.map((version) => ({ server, version })));
const directions = ['written by Patroni', 'written by Tenure', 'the same bytes'] as const;

/** The tables of docs/interop.md, in Markdown: every key, what old versions do otherwise, and the races. */
export function matrixOf(told: readonly Told[], notes: readonly string[]): string {
  const differences = notes.filter((note) => note.startsWith('differs|')).map((note) => note.split('|').slice(1));
  return [...keyRows(told, differences), '', ...differenceRows(differences), '', ...raceRows(notes), ''].join('\n');
}

function keyRows(told: readonly Told[], differences: readonly string[][]): string[] {
  const unequal = new Set(differences.flatMap(([version, key, , bytes]) => (bytes ? [`${version}|${key}`] : [])));
  const results = new Map(told.map(({ suite, test, passed }) => [`${suite}|${test}`, passed]));
  const suites = columns.map(keysSuite);
  const keys = new Set(
    told.filter(({ suite }) => suites.includes(suite)).map(({ test }) => test.slice(0, test.lastIndexOf(': '))),
  );
  const rows = [...keys].map((key) => [
    code(key),
    ...columns.map((column) => {
      const marks = directions.map((direction) => mark(results.get(`${keysSuite(column)}|${key}: ${direction}`)));
      return marks.join(' ').replace(/✔$/, unequal.has(`${column.version}|${key}`) ? '≠' : '✔');
    }),
  ]);
  return table(['key', ...columns.map(({ server, version }) => `${server}, ${version}`)], rows);
}

/** What `keys.ts` tells of an old version: `differs|version|key|why|bytes`. */
function differenceRows(differences: readonly string[][]): string[] {
  const rows = new Map(differences.map(([version = '', key = '', why = '']) => [key, [version, code(key), why]]));
  return table(['Patroni', 'key', 'what it does otherwise'], [...rows.values()]);
}

function code(key: string): string {
  return key.replace(/^[^,]*/, '`$&`');
}

/** What `races.ts` tells of itself: `races|store|version|Patroni|Tenure|both|nobody`. */
function raceRows(notes: readonly string[]): string[] {
  const rows = notes.filter((note) => note.startsWith('races|')).map((note) => note.split('|').slice(1));
  return table(['store', 'Patroni', 'won by Patroni', 'won by Tenure', 'won by both', 'won by nobody'], rows);
}

function keysSuite({ server, version }: { readonly server: Server; readonly version: PatroniVersion }): string {
  return `keys, ${server}, Patroni ${version}`;
}

function mark(passed: boolean | undefined): string {
  if (passed === undefined) return '·';
  return passed ? '✔' : '✖';
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
}
