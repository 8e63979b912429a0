import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Figures, type HistoryEvent, mergeHistories, parseHistory, type Violation } from '@tenure/conformance';
import type { ChaosResult } from './arena.ts';
import { median } from './memory.ts';

/** More growth of the heap than this, over an hour, is a leak. */
const MOST_GROWTH = 1.1;

/** What all parties of a run wrote down, as one history. */
export function readHistory(folder: string): HistoryEvent[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
  return mergeHistories(files.sort().map((name) => parseHistory(readFileSync(join(folder, name), 'utf8'), name)));
}

export function figuresTable(figures: Figures, uncaught: number): string {
  const takeovers =
    figures.takeovers.length === 0 ? 'none' : `${ms(median(figures.takeovers))}, ${ms(Math.max(...figures.takeovers))}`;
  const window = figures.twoLeaderWindow;
  return table([
    ['faults', figures.faults],
    ['operations', figures.operations],
    ['unknown outcomes', figures.unknownOutcomes],
    ['terms', figures.terms],
    ['two-leader window', window === undefined ? 'none' : ms(Math.max(0, window))],
    ['needless demotions', figures.needlessDemotions],
    ['lost acknowledged writes', figures.lostWrites],
    ['unannounced stale views', figures.unannouncedStaleViews],
    ['takeovers, p50 and max', takeovers],
    ['uncaught exceptions', uncaught],
  ]);
}

export function faultsTable(faults: ReadonlyMap<string, number>): string {
  return table([...faults].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Of the client that no fault kills. */
export function memoryTable(memory: ChaosResult['memory']): string {
  if (memory === undefined) return 'memory: too short a run';
  const { heap, handles, descriptors } = memory;
  const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  return table([
    ['heap, first and last tenth', `${mib(heap.first)}, ${mib(heap.last)} (× ${(heap.last / heap.first).toFixed(3)})`],
    ['handles', `${handles.first}, ${handles.last}`],
    ['descriptors', `${descriptors.first}, ${descriptors.last}`],
  ]);
}

export function leaks(memory: ChaosResult['memory']): boolean {
  return memory?.warm === true && memory.heap.last > MOST_GROWTH * memory.heap.first;
}

export function violationsTable(violations: readonly Violation[], began: number): string {
  return violations.map(({ rule, at, message }) => `${rule}, at ${ms(at - began)}: ${message}`).join('\n');
}

function table(rows: readonly (readonly [string, string | number])[]): string {
  return rows.map(([name, value]) => `${name.padEnd(36)}${value}`).join('\n');
}

function ms(value: number): string {
  return `${value.toFixed(0)} ms`;
}
