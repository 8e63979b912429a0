import { type Commit, DcsError, type Guard, type Txn, type Version, type Write } from '@tenure/core';
import { isKey, toVersion } from './entry.ts';
import { ancestorsOf, parentOf } from './keys.ts';
import type { MultiReply, ZkNode, ZkOp, ZkStat } from './rpc.ts';

/** What was read before the multi: of every key the znode, and the ancestors of those that have none. */
export interface Seen {
  readonly nodes: ReadonlyMap<string, ZkNode | undefined>;
  readonly above: ReadonlyMap<string, ZkStat | undefined>;
}

/** jute.maxbuffer, less what frames a request. */
const MOST_BYTES = 1024 * 1024 - 4096;

export function holds({ key, version }: Guard, { nodes }: Pick<Seen, 'nodes'>): boolean {
  const node = nodes.get(key);
  if (node === undefined || !isKey(node)) return version === null;
  return version === toVersion(node.stat.czxid, node.stat.version);
}

/** The number of changes in a version; `undefined` when it is not one of this store. */
export function changesOf(version: Version): number | undefined {
  const changes = /^-?\d+:(\d+)$/.exec(version)?.[1];
  return changes === undefined ? undefined : Number(changes);
}

/**
 * The multi that does a txn whose guards hold in `seen`. Whatever was seen and matters is among its checks, so that it
 * fails when that has changed. One thing ZooKeeper cannot check is which incarnation of a path it is: a znode that was
 * deleted and made again between the reading and the multi, and has had as many changes as the old one, passes for it.
 */
export class Plan {
  readonly ops: ZkOp[] = [];
  readonly #seen: Seen;
  readonly #txn: Txn;
  readonly #made = new Set<string>();
  /** How the new version of each put key is found in the reply: where it is told, or how often it was changed when new. */
  readonly #puts = new Map<string, { readonly told: number } | { readonly changes: number }>();

  /** @throws DcsError LIMIT for what no znode can be */
  constructor(txn: Txn, seen: Seen) {
    this.#txn = txn;
    this.#seen = seen;
    const writes = [...txn.writes].sort((a, b) => (a.key < b.key ? -1 : 1));
    const written = new Map(writes.map((write) => [write.key, write]));
    for (const guard of txn.guards) if (!this.#coveredBy(guard, written.get(guard.key))) this.#check(guard.key);
    const absent = new Set<string>();
    for (const { key, type } of [...txn.guards.map(({ key }) => ({ key, type: 'guard' })), ...writes]) {
      if (type !== 'put' && seen.nodes.get(key) === undefined) absent.add(this.#topmostMissing(key));
    }
    const creations = this.#writes(writes);
    // A creation is the proof that there was nothing; where nothing is to be created, one that is undone at once.
    for (const path of [...absent].filter((path) => path !== '' && !this.#made.has(path))) {
      this.ops.push({ type: 'create', path, data: undefined, ephemeral: false }, { type: 'delete', path, version: 0 });
    }
    const shift = this.ops.length;
    this.ops.push(...creations);
    for (const [key, put] of this.#puts) if ('told' in put) this.#puts.set(key, { told: put.told + shift });
    if (this.ops.length === 0) this.ops.push({ type: 'check', path: '/', version: -1 });
    const bytes = this.ops.reduce((sum, op) => sum + sizeOf(op), 0);
    if (bytes > MOST_BYTES) throw limit(`the commit has ${bytes} bytes, the server takes ${MOST_BYTES}`);
  }

  toCommit({ zxid, stats }: MultiReply): Commit {
    const versions = new Map<string, Version>();
    for (const [key, put] of this.#puts) {
      const stat = 'told' in put ? stats[put.told] : undefined;
      if (stat !== undefined) versions.set(key, toVersion(stat.czxid, stat.version));
      else versions.set(key, toVersion(zxid, 'changes' in put ? put.changes : 0));
    }
    return { versions };
  }

  /** The write itself fails when the guard does not hold. */
  #coveredBy({ key }: Guard, write: Write | undefined): boolean {
    return write?.type === 'put' || this.#seen.nodes.get(key) === undefined;
  }

  #check(path: string): void {
    const version = this.#seen.nodes.get(path)?.stat.version ?? 0;
    this.ops.push({ type: 'check', path, version });
  }

  #writes(writes: readonly Write[]): ZkOp[] {
    const ops: ZkOp[] = [];
    for (const write of writes) {
      const node = this.#seen.nodes.get(write.key);
      if (write.type === 'delete') {
        if (node !== undefined) ops.push(...this.#delete(write.key, node, writes));
        continue;
      }
      this.#put(ops, write, node);
    }
    return ops;
  }

  #delete(path: string, node: ZkNode, writes: readonly Write[]): ZkOp[] {
    if (!isKey(node)) {
      // Nothing to delete, as long as it stays a mere directory.
      return this.#txn.guards.some(({ key }) => key === path)
        ? []
        : [{ type: 'check', path, version: node.stat.version }];
    }
    const keepsChildren = node.stat.children > 0 || writes.some(({ key }) => key.startsWith(`${path}/`));
    return keepsChildren
      ? [{ type: 'set', path, data: undefined, version: -1 }]
      : [{ type: 'delete', path, version: -1 }];
  }

  #put(ops: ZkOp[], write: Write & { readonly type: 'put' }, node: ZkNode | undefined): void {
    const { key: path, session } = write;
    const data = Buffer.from(write.value);
    if (node !== undefined && node.stat.owner === session?.id) {
      this.#puts.set(path, { told: ops.length });
      ops.push({ type: 'set', path, data, version: node.stat.version });
      return;
    }
    if (node === undefined) {
      this.#makeParents(ops, path);
    } else {
      if (node.stat.children > 0) throw limit(`${path} has keys below it and cannot be bound to a session`);
      ops.push({ type: 'delete', path, version: node.stat.version });
    }
    ops.push({ type: 'create', path, data, ephemeral: session !== undefined });
    this.#made.add(path);
    // An empty value that was never changed would pass for a directory as soon as something is below it.
    if (data.length === 0) ops.push({ type: 'set', path, data, version: 0 });
    this.#puts.set(path, { changes: data.length === 0 ? 1 : 0 });
  }

  #makeParents(ops: ZkOp[], path: string): void {
    for (const parent of ancestorsOf(path)) {
      const stat = this.#seen.above.get(parent);
      if (stat?.owner !== undefined) throw limit(`${path} lies below ${parent}, which is bound to a session`);
      if (stat !== undefined || this.#made.has(parent)) continue;
      ops.push({ type: 'create', path: parent, data: undefined, ephemeral: false });
      this.#made.add(parent);
    }
  }

  /** Nothing can be at `path` while nothing is there. Empty when the path lies below an ephemeral znode, which has no children. */
  #topmostMissing(path: string): string {
    if (this.#seen.above.get(parentOf(path))?.owner !== undefined) return '';
    return ancestorsOf(path).find((parent) => this.#seen.above.get(parent) === undefined) ?? path;
  }
}

/** The path, the data and the longest of the fixed parts, with one entry of access control. */
function sizeOf(op: ZkOp): number {
  return Buffer.byteLength(op.path) + ('data' in op ? (op.data?.length ?? 0) : 0) + 128;
}

function limit(what: string): DcsError {
  return new DcsError('LIMIT', `zookeeper: ${what}`, { store: 'zookeeper' });
}
