import type { Entry } from '@tenure/core';
import { toEntry } from './entry.ts';
import type { RangeReply, RpcHeader, WatchEvent } from './rpc.ts';

/** What is under a prefix at one revision of one cluster. Immutable. */
export class State {
  readonly cluster: string;
  readonly revision: bigint;
  readonly entries: ReadonlyMap<string, Entry>;

  constructor(cluster: string, revision: bigint, entries: ReadonlyMap<string, Entry>) {
    this.cluster = cluster;
    this.revision = revision;
    this.entries = entries;
  }

  static of({ header, entries }: RangeReply): State {
    return new State(header.cluster, header.revision, new Map(entries.map((kv) => [kv.key, toEntry(kv)])));
  }

  /** The state after `events`; those that it holds already are passed over. */
  after(events: readonly WatchEvent[]): State {
    let { revision } = this;
    const entries = new Map(this.entries);
    for (const { deleted, entry } of events) {
      if (entry.modRevision <= this.revision) continue;
      if (entry.modRevision > revision) revision = entry.modRevision;
      if (deleted) entries.delete(entry.key);
      else entries.set(entry.key, toEntry(entry));
    }
    return revision === this.revision ? this : new State(this.cluster, revision, entries);
  }

  /** True when `header` belongs to a moment before this state. */
  isNewerThan(header: Pick<RpcHeader, 'cluster' | 'revision'>): boolean {
    return header.cluster === this.cluster && header.revision < this.revision;
  }

  /** Same keys, same versions. */
  equals(other: State): boolean {
    if (this.cluster !== other.cluster || this.entries.size !== other.entries.size) return false;
    for (const [key, { version }] of this.entries) {
      if (other.entries.get(key)?.version !== version) return false;
    }
    return true;
  }
}
