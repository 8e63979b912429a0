import assert from 'node:assert/strict';
import { channel } from 'node:diagnostics_channel';
import { Dcs, type DcsError, type DcsOptions, DcsError as Failure, type Lease, type Store } from '@tenure/core';
import type { Context } from '../context.ts';
import { Tap } from './tap.ts';

/** One member with a connection of its own. */
export interface Member {
  readonly dcs: Dcs;
  readonly tap: Tap;
  /** The client that the harness connected: what its faults take. */
  readonly client: Store;
}

export type MemberOptions = Partial<Omit<DcsOptions, 'store' | 'name'>>;

/** The namespace under which the keys of a case are: its root without the slashes. */
export function namespaceOf(t: Context): string {
  return t.root.slice(1, -1);
}

/** Where a key of the scope `s` is. */
export function at(t: Context, key: string): string {
  return t.key(`s/${key}`);
}

/**
 * A ttl in which nothing expires, however busy the machine: for cases that are not about time. Fifteen seconds give each
 * operation five.
 */
export function calm(t: Context): { readonly ttl: number } {
  return { ttl: Math.max(15_000, t.ttl) };
}

/** The shortest ttl in which a busy machine does not make a living client look dead. */
export function life(t: Context): number {
  return Math.max(2000, t.ttl);
}

/** What this store guarantees of a session of that ttl: for cases in which a lease ends sooner than its session. */
export async function guaranteed(t: Context, ttl: number): Promise<number> {
  const session = await (await t.connect()).openSession(ttl);
  await session.end();
  return session.guaranteed;
}

/** The session that was opened last expires on the server. */
export async function expireLast(t: Context, tap: Tap): Promise<void> {
  const session = tap.sessions.at(-1);
  assert.ok(session !== undefined, 'no session was opened');
  await t.faults.expire(session);
}

interface ShortTiming {
  readonly ttl: number;
  readonly loopWait: number;
  readonly retryTimeout: number;
}

/** That ttl, renewed six times in it, and as much time for an operation as the rule allows. */
export function brisk(t: Context): ShortTiming {
  return renewedOften(t, life(t));
}

/** A ttl that a stall of the machine does not use up, renewed as often: for those who must not lose their session. */
export function sturdy(t: Context): ShortTiming {
  return renewedOften(t, 2.5 * life(t));
}

function renewedOften(t: Context, ttl: number): ShortTiming {
  const loopWait = life(t) / 6;
  return { ttl, loopWait, retryTimeout: (ttl - loopWait) / 2 };
}

/** A member of the scope `s` of this case, on a connection of its own. Nothing expires unless the timing says so. */
export async function join(t: Context, name: string, options: MemberOptions = {}): Promise<Member> {
  const client = await t.connect();
  const tap = new Tap(client);
  return { dcs: joinOn(t, tap, name, options), tap, client };
}

/** One more member on the connection of another. */
export function joinOn(t: Context, store: Store, name: string, options: MemberOptions = {}): Dcs {
  return new Dcs({ namespace: namespaceOf(t), scope: 's', timing: calm(t), ...options, store, name });
}

/** The lease of an attempt that must win. */
export async function win(dcs: Dcs): Promise<Lease> {
  const lease = await dcs.acquire();
  assert.ok(lease !== undefined, `${dcs.name} was refused the office`);
  return lease;
}

/** What is stored at `key`; `undefined` when it is absent. */
export async function stored(store: Store, key: string) {
  return (await store.read(key)).entries.get(key);
}

/** By hand: a permanent key, or one of a session. */
export async function put(store: Store, key: string, value: string, ttl?: number): Promise<void> {
  const session = ttl === undefined ? undefined : await store.openSession(ttl);
  await store.commit({
    guards: [],
    writes: [{ type: 'put', key, value, ...(session === undefined ? {} : { session }) }],
  });
}

export async function remove(store: Store, key: string): Promise<void> {
  await store.commit({ guards: [], writes: [{ type: 'delete', key }] });
}

/** Rejects with this code, and tells the error. */
export async function rejects(work: Promise<unknown>, code: DcsError['code']): Promise<DcsError> {
  let result: unknown;
  try {
    result = await work;
  } catch (error) {
    assert.ok(Failure.is(error, code), `expected ${code}, got ${String(error)}`);
    return error;
  }
  return assert.fail(`expected ${code}, got ${String(result)}`);
}

/** Resolves when the signal has aborted; fails when that took longer than `withinMs`. */
export async function aborts(t: Context, signal: AbortSignal, withinMs: number): Promise<void> {
  if (!signal.aborted) await t.until(() => signal.aborted, withinMs);
}

/** Renews as a daemon's loop does, through every failure, until the case ends it or the lease is lost. */
export function renewing(t: Context, dcs: Dcs, lease: Lease): () => Promise<void> {
  const stop = new AbortController();
  const until = AbortSignal.any([stop.signal, t.signal, lease.signal]);
  const loop = async () => {
    while (!until.aborted) {
      await lease.renew({ signal: until }).catch(() => undefined);
      await dcs.store.clock.sleep(dcs.timing.loopWait, until).catch(() => undefined);
    }
  };
  const done = loop();
  return async () => {
    stop.abort();
    await done;
  };
}

/** A figure for whoever runs the suite: published on `tenure:conformance`. */
export function report(name: string, milliseconds: number): void {
  channel('tenure:conformance').publish({ name, milliseconds });
}
