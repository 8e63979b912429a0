import assert from 'node:assert/strict';
import {
  type CallOptions,
  type Commit,
  DcsError,
  type DcsErrorCode,
  type Entry,
  type Session,
  type Snapshot,
  type Store,
  type Version,
  type WatchOptions,
} from '@tenure/core';
import { answered } from '../answered.ts';
import type { Context } from '../context.ts';

export function absent(key: string): { key: string; version: null } {
  return { key, version: null };
}

/** An unguarded put of one key; its version. */
export async function put(store: Store, key: string, value: string, session?: Session): Promise<Version> {
  const commit = await store.commit({ guards: [], writes: [write(key, value, session)] });
  return versionOf(commit, key);
}

export async function remove(store: Store, key: string): Promise<void> {
  assert.ok(await store.commit({ guards: [], writes: [{ type: 'delete', key }] }), 'an unguarded delete was refused');
}

export function write(key: string, value: string, session?: Session) {
  return { type: 'put' as const, key, value, ...(session && { session }) };
}

export function versionOf(commit: Commit | undefined, key: string): Version {
  assert.ok(commit, 'the commit was refused');
  const version = commit.versions.get(key);
  assert.equal(typeof version, 'string', `the commit has no version of ${key}`);
  return version as Version;
}

/** One key as a fresh read shows it. */
export async function look(store: Store, key: string, options?: CallOptions): Promise<Entry | undefined> {
  return (await store.read(key, options)).entries.get(key);
}

/** The key's value in every one of these entries; undefined when it is absent. */
export async function valueAt(store: Store, key: string): Promise<string | undefined> {
  return (await look(store, key))?.value;
}

/** The DcsError with which this rejects. */
export async function failsWith(code: DcsErrorCode, call: Promise<unknown>): Promise<DcsError> {
  const [settled] = await Promise.allSettled([call]);
  assert.equal(settled.status, 'rejected', `resolved instead of rejecting with ${code}`);
  const { reason } = settled as PromiseRejectedResult;
  assert.ok(DcsError.is(reason, code), `rejected with ${describe(reason)} instead of DcsError ${code}`);
  return reason;
}

/**
 * Fails unless the call tells that the server ended the session.
 * @returns whether it may have been done
 */
export async function tellsOfItsEnd(call: () => Promise<unknown>): Promise<{ readonly maybeApplied: boolean }> {
  let unknown = false;
  const repeated = answered(call, () => {
    unknown = true;
  });
  const lost = await failsWith('SESSION_LOST', repeated);
  return { maybeApplied: unknown || lost.maybeApplied };
}

/** Fails unless the call rejects with this very value. */
export async function rejectsAs(reason: unknown, call: Promise<unknown>): Promise<void> {
  const [settled] = await Promise.allSettled([call]);
  assert.equal(settled.status, 'rejected', 'resolved instead of rejecting with the reason of its signal');
  assert.ok(
    settled.status === 'rejected' && settled.reason === reason,
    'did not reject with the very reason of its signal',
  );
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name} ${'code' in error ? error.code : ''} ${error.message}` : String(error);
}

/** A watch that is read as fast as it yields, and all that it yielded. */
export class Following {
  readonly snapshots: Snapshot[] = [];
  /** What the iteration rejected with. */
  error: unknown;
  /** Settles when the iteration is over, never rejects. */
  readonly over: Promise<void>;
  #returned = false;

  constructor(store: Store, prefix: string, options: WatchOptions = {}) {
    this.over = this.#run(store.watch(prefix, options));
  }

  /** The watch ended, which it may not do by itself. */
  get ended(): boolean {
    return this.#returned || this.error !== undefined;
  }

  get latest(): Snapshot | undefined {
    return this.snapshots.at(-1);
  }

  value(key: string): string | undefined {
    return this.latest?.entries.get(key)?.value;
  }

  async #run(watch: AsyncIterable<Snapshot>): Promise<void> {
    try {
      for await (const snapshot of watch) this.snapshots.push(snapshot);
      this.#returned = true;
    } catch (error) {
      this.error = error;
    }
  }
}

/** Follows the whole root of the case, once the first state has come. */
export async function follow(t: Context, store: Store, options?: WatchOptions): Promise<Following> {
  const following = new Following(store, t.root, options);
  await t.until(() => following.latest !== undefined, t.slack);
  return following;
}

/** The ttl of a session that is to outlive its case, as far as the store lets it. */
export function long(t: Context, store: Store): number {
  return Math.min(store.limits.maxTtl, 5 * t.ttl + 10_000);
}

/** A timeout for calls that are to fail: short, yet time for a request to leave a busy machine. */
export function brief(t: Context): number {
  return 400 + t.ttl / 20;
}

/** How long a store may take to be of use again after a fault: the longest pause between attempts to connect. */
export const RECONNECT = 5000;
