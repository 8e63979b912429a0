import { SystemClock } from '../src/clock.ts';
import { Layout, type LayoutOptions } from '../src/layout.ts';
import type { Entry, Version } from '../src/store.ts';
import { type ClusterView, parseView } from '../src/view.ts';

/** A clock that stands still where it is put. */
export class StillClock extends SystemClock {
  time = 1000;
  override now(): number {
    return this.time;
  }
}

export type Stored = Record<string, string | Partial<Entry>>;

/** The view of what is stored under `/service/b/`; every entry has a version of its own. */
export function see(stored: Stored, options: Partial<LayoutOptions> = {}, clock = new StillClock()): ClusterView {
  const layout = new Layout({ scope: 'b', ...options });
  const entries = new Map<string, Entry>();
  for (const [path, entry] of Object.entries(stored)) {
    const version = `v${entries.size}` as Version;
    const key = `/service/b/${path}`;
    if (!key.startsWith(layout.viewPrefix)) continue;
    entries.set(key, { value: '', version, ...(typeof entry === 'string' ? { value: entry } : entry) });
  }
  return parseView(layout, { entries, asOf: 400, stale: false }, clock);
}
