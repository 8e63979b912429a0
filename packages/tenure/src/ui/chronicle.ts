import type { ClusterView, ConfigDocument, Version } from '@tenure/core';
import { configDiff } from '../config-diff.ts';
import type { ConfigChangeJson, TermJson } from '../page/wire.ts';

/** So many terms and changes of each cluster are kept. */
const KEPT = 30;

interface Known {
  readonly terms: readonly TermJson[];
  readonly changes: readonly ConfigChangeJson[];
  readonly config: { readonly value: ConfigDocument | undefined; readonly version: Version | null };
}

/** What was seen of one cluster after another: who led, and how the configuration changed. A watch may skip what was short. */
export class Chronicle {
  readonly #known = new Map<string, Known>();

  /** Takes a state of the cluster `id` in, seen `at`. */
  see(id: string, view: ClusterView, at: string): Known {
    const { value, version } = view.config;
    const before = this.#known.get(id);
    const known: Known = {
      terms: termsWith(before?.terms, view, at),
      changes: changesWith(before, view, at),
      config: { value, version },
    };
    this.#known.set(id, known);
    return known;
  }

  forget(id: string): void {
    this.#known.delete(id);
  }
}

function termsWith(before: readonly TermJson[] | undefined, view: ClusterView, at: string): readonly TermJson[] {
  const leader = view.isUnlocked ? '' : (view.leader?.name ?? '');
  const token = view.isUnlocked ? null : (view.leader?.token ?? null);
  const last = before?.at(-1);
  if (before !== undefined && last?.leader === leader && last.token === token) return before;
  const ended = (before ?? []).map((term) => (term === last ? { ...term, to: at } : term));
  return [...ended, { leader, token, from: at, before: before === undefined }].slice(-KEPT);
}

function changesWith(before: Known | undefined, view: ClusterView, at: string): readonly ConfigChangeJson[] {
  const { value, version } = view.config;
  if (before === undefined) return [];
  if (before.config.version === version) return before.changes;
  const diff = configDiff(before.config.value, value, ['before', 'after'], 'yaml');
  return diff === '' ? before.changes : [...before.changes, { at, version: version ?? '', diff }].slice(-KEPT);
}
