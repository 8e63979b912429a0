import type { WatchEvent } from '@tenure/core';
import type { Labels, Reading } from './instruments.ts';
import { clusterLabels, keyOf } from './labels.ts';

/** How many watches of each cluster are stale. One that was stale before anybody listened is counted from its next news. */
export class StaleWatches {
  readonly #counts = new Map<string, { readonly labels: Labels<'stale'>; count: number }>();

  note(event: WatchEvent): void {
    const labels = clusterLabels(event);
    const entry = this.#counts.get(keyOf(labels)) ?? { labels, count: 0 };
    this.#counts.set(keyOf(labels), entry);
    entry.count = Math.max(0, entry.count + (event.event === 'stale' ? 1 : -1));
  }

  *now(): Iterable<Reading> {
    for (const { labels, count } of this.#counts.values()) yield { labels, value: count };
  }
}
