import type { Figures, Violation } from '@tenure/conformance';
import type { KindName } from '../client/index.ts';
import { clientsOn, type FaultName, faultNames, type StoreName, stores } from './catalogue.ts';

/** What one client came to in one run. Times in milliseconds. */
export interface Result {
  readonly store: StoreName;
  readonly fault: FaultName;
  readonly client: KindName;
  readonly run: number;
  readonly seed: string;
  readonly ttl: number;
  readonly figures: Figures;
  readonly violations: readonly Violation[];
}

/** All runs of one client in one fault on one store. */
export interface Row {
  readonly store: StoreName;
  readonly fault: FaultName;
  readonly client: KindName;
  readonly runs: number;
  /** The longest; 0 when there never were two; `undefined` when nobody took over. */
  readonly twoLeaders: number | undefined;
  readonly needlessDemotions: number;
  readonly lostWrites: number;
  readonly unannouncedStaleViews: number;
  readonly takeover: { readonly p50: number; readonly max: number } | undefined;
  readonly violations: readonly Violation[];
}

/** In the order of the catalogue. */
export function rowsOf(results: readonly Result[]): Row[] {
  return stores.flatMap((store) =>
    faultNames.flatMap((fault) =>
      clientsOn[store].flatMap((client) => {
        const runs = results.filter((it) => it.store === store && it.fault === fault && it.client === client);
        return runs.length === 0 ? [] : [{ store, fault, client, ...sumOf(runs) }];
      }),
    ),
  );
}

function sumOf(runs: readonly Result[]): Omit<Row, 'store' | 'fault' | 'client'> {
  const figures = runs.map((run) => run.figures);
  const windows = figures.flatMap(({ twoLeaderWindow }) => twoLeaderWindow ?? []);
  const takeovers = figures.flatMap((it) => it.takeovers).sort((a, b) => a - b);
  const sum = (of: (it: Figures) => number) => figures.reduce((total, it) => total + of(it), 0);
  const [p50, max] = [takeovers[Math.ceil(takeovers.length / 2) - 1], takeovers.at(-1)];
  return {
    runs: runs.length,
    twoLeaders: windows.length === 0 ? undefined : Math.max(0, ...windows),
    needlessDemotions: sum((it) => it.needlessDemotions),
    lostWrites: sum((it) => it.lostWrites),
    unannouncedStaleViews: sum((it) => it.unannouncedStaleViews),
    takeover: p50 === undefined || max === undefined ? undefined : { p50, max },
    violations: runs.flatMap((run) => run.violations),
  };
}

/** What was measured anew stands in place of what was measured before. */
export function merged(before: readonly Result[], now: readonly Result[]): Result[] {
  const isAnew = (old: Result) => now.some((it) => it.store === old.store && it.fault === old.fault);
  const position = (it: Result) => [
    stores.indexOf(it.store),
    faultNames.indexOf(it.fault),
    clientsOn[it.store].indexOf(it.client),
    it.run,
  ];
  const all = [...before.filter((it) => !isAnew(it)), ...now];
  return all.sort((a, b) => {
    const [left, right] = [position(a), position(b)];
    return left.map((place, i) => place - (right[i] ?? 0)).find((difference) => difference !== 0) ?? 0;
  });
}
