import type { Entry } from '@tenure/core';
import { isKey, toEntry } from './entry.ts';
import { childOf } from './keys.ts';
import type { ZkNode } from './rpc.ts';
import type { ZkWire } from './wire.ts';

/** One znode with the names of its children, as it was read last. Without a node: the base, or one that has gone. */
interface Place {
  readonly node: ZkNode | undefined;
  readonly names: readonly string[];
  /** What the answering server had applied when it read the data and when it read the names. */
  readonly zxids: readonly bigint[];
}

/** Everything under a prefix, read znode by znode: ZooKeeper has no read of a tree. */
export class Tree {
  /** The directory that all keys with the prefix lie below. */
  readonly base: string;
  readonly #prefix: string;
  readonly #places = new Map<string, Place>();

  constructor(prefix: string) {
    this.#prefix = prefix;
    this.base = prefix.slice(0, prefix.lastIndexOf('/')) || '/';
  }

  has(path: string): boolean {
    return path === this.base || this.#places.has(path);
  }

  /** Whether it is, or could become, part of the tree. */
  concerns(path: string): boolean {
    return path === this.base || path.startsWith(this.#prefix);
  }

  get paths(): string[] {
    return [...this.#places.keys()];
  }

  /** Reads these again, and whatever is found below them for the first time; all that can be at once is. */
  async load(wire: ZkWire, paths: Iterable<string>, watch: boolean, signal: AbortSignal): Promise<void> {
    await Promise.all([...paths].map((path) => this.#visit(wire, path, watch, signal)));
  }

  /** All was read in one state: no server had applied anything between. */
  get isOneState(): boolean {
    return new Set([...this.#places.values()].flatMap(({ zxids }) => zxids)).size <= 1;
  }

  /** Equal before and after a reading of everything when nothing changed between the end of one and the next's start. */
  get fingerprint(): string {
    return [...this.#places]
      .map(
        ([path, { node, names }]) => `${path}\n${node?.stat.czxid}:${node?.stat.mzxid}\n${[...names].sort().join('/')}`,
      )
      .sort()
      .join('\n\n');
  }

  get entries(): ReadonlyMap<string, Entry> {
    const entries = new Map<string, Entry>();
    for (const [path, { node }] of this.#places) {
      if (node !== undefined && isKey(node) && path.startsWith(this.#prefix)) entries.set(path, toEntry(node));
    }
    return entries;
  }

  async #visit(wire: ZkWire, path: string, watch: boolean, signal: AbortSignal): Promise<void> {
    const before = this.#places.get(path)?.names ?? [];
    const place =
      path === this.base ? await this.#readBase(wire, watch, signal) : await read(wire, path, watch, signal);
    this.#places.set(path, place);
    for (const name of before) if (!place.names.includes(name)) this.#remove(childOf(path, name));
    const fresh = place.names.map((name) => childOf(path, name)).filter((child) => !this.#places.get(child)?.node);
    await this.load(wire, fresh, watch, signal);
  }

  /** Of the directory only the names count. One that is not there yet is watched all the same. */
  async #readBase(wire: ZkWire, watch: boolean, signal: AbortSignal): Promise<Place> {
    const rest = this.#prefix.slice(this.base === '/' ? 1 : this.base.length + 1);
    for (;;) {
      const { zxid, value } = await wire.children(this.base, watch, signal);
      if (value !== undefined) {
        const names = value.filter((name) => name.startsWith(rest) && !(this.base === '/' && name === 'zookeeper'));
        return { node: undefined, names, zxids: [zxid] };
      }
      if (!watch || (await wire.exists(this.base, true, signal)).value === undefined) {
        return { node: undefined, names: [], zxids: [zxid] };
      }
    }
  }

  #remove(path: string): void {
    for (const known of this.#places.keys()) {
      if (known === path || known.startsWith(`${path}/`)) this.#places.delete(known);
    }
  }
}

async function read(wire: ZkWire, path: string, watch: boolean, signal: AbortSignal): Promise<Place> {
  const [data, names] = await Promise.all([wire.data(path, watch, signal), wire.children(path, watch, signal)]);
  // One that has gone since its parent was read stays on record, so that the two do not pass for one state.
  return { node: data.value, names: names.value ?? [], zxids: [data.zxid, names.zxid] };
}

/**
 * One consistent state that is at least as new as whatever was committed before: a multi that only checks goes ahead
 * through the leader, and the reads behind it on the same connection see no older state. They are of one state when every
 * reply names the same last transaction, or when everything was read twice and nothing had changed.
 */
export async function readTree(wire: ZkWire, prefix: string, signal: AbortSignal): Promise<ReadonlyMap<string, Entry>> {
  const tree = new Tree(prefix);
  await Promise.all([confirm(wire, signal), tree.load(wire, [tree.base], false, signal)]);
  while (!tree.isOneState) {
    const before = tree.fingerprint;
    await tree.load(wire, tree.paths, false, signal);
    if (tree.fingerprint === before) break;
  }
  return tree.entries;
}

/** The agreement of a quorum. Refused for want of a permission on the root it is as good: the leader refused it. */
export async function confirm(wire: ZkWire, signal?: AbortSignal): Promise<void> {
  await wire.multi([{ type: 'check', path: '/', version: -1 }], false, signal);
}
