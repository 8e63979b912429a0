import type { HistoryEvent } from '@tenure/conformance';

/** Prints a history, one event a line: the time in milliseconds, who, and what. */
export function trace(history: readonly HistoryEvent[]): void {
  for (const event of history) {
    const { at, type, ...rest } = event;
    const client = 'client' in event ? event.client : '';
    const about = Object.entries(rest)
      .filter(([field]) => field !== 'client')
      .map(([field, value]) => `${field} ${typeof value === 'object' ? JSON.stringify(value) : value}`);
    console.log(`${at.toFixed(3).padStart(10)}  ${client.padEnd(8)} ${type.padEnd(7)} ${about.join(', ')}`);
  }
}
