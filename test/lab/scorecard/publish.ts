import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { clientTitles, type FaultName, faultTitles, type StoreName, storeTitles } from './catalogue.ts';
import type { Contest } from './contest.ts';
import { pictureOf } from './names.ts';
import { page } from './page.ts';
import { readme } from './readme.ts';
import { merged, type Result, type Row, rowsOf } from './results.ts';
import { timeline } from './timeline.ts';

/** Writes the scorecard into a folder. What was measured before of other faults and stores stays. @returns all rows */
export function publish(folder: string, contests: readonly Contest[]): Row[] {
  mkdirSync(folder, { recursive: true });
  const file = (name: string) => join(folder, name);
  const json = file('scorecard.json');
  const before = existsSync(json) ? (JSON.parse(readFileSync(json, 'utf8')) as readonly Result[]) : [];
  const results = merged(
    before,
    contests.map(({ result }) => result),
  );
  const rows = rowsOf(results);
  for (const [name, picture] of picturesOf(contests)) writeFileSync(file(name), picture);
  const names = new Set(rows.map(({ store, fault }) => pictureOf(store, fault)));
  const pictures = new Map([...names].map((name) => [name, readFileSync(file(name), 'utf8')]));
  writeFileSync(json, `${JSON.stringify(results, rounded, 2)}\n`);
  writeFileSync(file('README.md'), readme(rows));
  writeFileSync(file('index.html'), page(rows, pictures));
  return rows;
}

/** To a tenth of a millisecond. */
function rounded(_: string, value: unknown): unknown {
  return typeof value === 'number' ? Math.round(value * 10) / 10 : value;
}

/** The first run of each fault on each store. */
function picturesOf(contests: readonly Contest[]): Map<string, string> {
  const pictures = new Map<string, string>();
  for (const { result } of contests) {
    const name = pictureOf(result.store, result.fault);
    if (!pictures.has(name)) pictures.set(name, draw(contests, result.store, result.fault));
  }
  return pictures;
}

function draw(contests: readonly Contest[], store: StoreName, fault: FaultName): string {
  const first = contests.filter(({ result }) => result.store === store && result.fault === fault && result.run === 1);
  const panels = first.map(({ result, history }) => ({ title: clientTitles[result.client], history }));
  return timeline(`${storeTitles[store]}: ${faultTitles[fault]}`, panels);
}
