import { h } from './dom.ts';

/** Bytes in the unit that fits, and exact below one kilobyte. */
export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let [value, unit] = [count, 0];
  for (; value >= 1024 && unit < units.length - 1; unit += 1) value /= 1024;
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

const format = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** A time of day where the reader is; text that is none as it stands. */
export function time(iso: string): HTMLElement {
  const date = new Date(iso);
  if (iso === '' || Number.isNaN(date.getTime())) return h('span', {}, iso || 'unknown');
  return h('time', { datetime: iso }, timeText(iso));
}

/** The same as text alone, of a time that is one. */
export function timeText(iso: string): string {
  return format.format(new Date(iso));
}

/** The time of day now, for a log. */
export function timeNow(): string {
  return new Date().toLocaleTimeString();
}

/** The lines of a unified diff under a name of its own, each marked by more than its colour: the signs stay. */
export function diffLines(diff: string, name: string): HTMLElement {
  const lines = diff.split('\n').map((line) => h('span', { class: lineClass(line) }, `${line}\n`));
  return h('pre', { class: 'diff', tabindex: 0, role: 'region', 'aria-label': name }, ...lines);
}

function lineClass(line: string): string | null {
  if (/^(\+\+\+|---|@@)/.test(line)) return 'diff-head';
  if (line.startsWith('+')) return 'diff-new';
  return line.startsWith('-') ? 'diff-old' : null;
}
