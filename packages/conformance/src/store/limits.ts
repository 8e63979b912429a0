import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { DcsError, type Store, type Txn } from '@tenure/core';
import { type Definition, define } from '../case.ts';
import type { Context } from '../context.ts';
import { brief, failsWith, long, look, put, write } from './tools.ts';

const DEEP = { depth: 30, showHidden: true, maxStringLength: null, maxArrayLength: null };

/** A malformed or oversized txn is refused, by `commit` and by `renew` alike, and writes nothing. */
async function refuses(t: Context, store: Store, txn: Txn, kind: typeof TypeError | typeof RangeError): Promise<void> {
  await assert.rejects(store.commit(txn), kind);
  await using session = await store.openSession(long(t, store));
  await assert.rejects(session.renew(txn), kind);
  assert.equal((await store.read(t.root)).entries.size, 0);
}

export const limitCases: readonly Definition[] = [
  define('limits: are numbers that the shortest ttl of the harness fits', async (t) => {
    const { name, limits } = await t.connect();
    assert.ok(name.length > 0);
    assert.ok(limits.minTtl > 0 && limits.minTtl <= limits.maxTtl);
    assert.ok(t.ttl >= limits.minTtl && t.ttl <= limits.maxTtl);
    // What one commit of a leader takes: leader, epoch and status, guarded and written, with a document.
    assert.ok(limits.maxCommitOps >= 16 && limits.maxValueBytes >= 64 * 1024);
  }),

  define('limits: a key that is written twice is a TypeError', async (t) => {
    const store = await t.connect();
    const key = t.key('k');
    await refuses(t, store, { guards: [], writes: [write(key, '1'), write(key, '2')] }, TypeError);
    await refuses(t, store, { guards: [], writes: [write(key, '1'), { type: 'delete', key }] }, TypeError);
  }),

  define('limits: an empty key and a guard without a version are TypeErrors', async (t) => {
    const store = await t.connect();
    await refuses(t, store, { guards: [], writes: [write('', '1')] }, TypeError);
    await refuses(t, store, { guards: [{ key: '', version: null }], writes: [write(t.key('k'), '1')] }, TypeError);
    const guards = [{ key: t.key('k') }] as unknown as Txn['guards'];
    await refuses(t, store, { guards, writes: [write(t.key('k'), '1')] }, TypeError);
  }),

  define('limits: one operation too many is a RangeError, the full number is not', async (t) => {
    const store = await t.connect();
    const { maxCommitOps } = store.limits;
    const writes = Array.from({ length: maxCommitOps }, (_, n) => write(t.key(`k${n}`), ''));
    await refuses(t, store, { guards: [{ key: t.key('g'), version: null }], writes }, RangeError);
    assert.ok(await store.commit({ guards: [], writes }));
    assert.equal((await store.read(t.root)).entries.size, maxCommitOps);
  }),

  define('limits: guards count as operations, and as many as the limit are taken', async (t) => {
    const store = await t.connect();
    const half = Math.floor(store.limits.maxCommitOps / 2);
    const keys = Array.from({ length: half }, (_, n) => t.key(`k${n}`));
    const guards = keys.map((key) => ({ key, version: null }));
    assert.ok(await store.commit({ guards, writes: keys.map((key) => write(key, '')) }));
    assert.equal(await store.commit({ guards, writes: [] }), undefined);
  }),

  define('limits: a value of one byte too many is a RangeError, counted in bytes and not in characters', async (t) => {
    const store = await t.connect();
    const { maxValueBytes } = store.limits;
    await refuses(t, store, { guards: [], writes: [write(t.key('k'), 'x'.repeat(maxValueBytes + 1))] }, RangeError);
    const wide = 'ü'.repeat(Math.floor(maxValueBytes / 2) + 1);
    await refuses(t, store, { guards: [], writes: [write(t.key('k'), wide)] }, RangeError);
  }),

  define('limits: a value of the largest size comes back whole', async (t) => {
    const store = await t.connect();
    const value = 'x'.repeat(store.limits.maxValueBytes);
    await put(store, t.key('k'), value);
    assert.ok((await look(store, t.key('k')))?.value === value);
  }),

  define('limits: a ttl outside the limits is a RangeError, and not a number is one too', async (t) => {
    const store = await t.connect();
    const { minTtl, maxTtl } = store.limits;
    for (const ttl of [minTtl - 1, 0, -1, maxTtl + 1, Number.NaN]) {
      await assert.rejects(store.openSession(ttl), RangeError, `ttl ${ttl}`);
    }
  }),

  define('limits: a session has at least the ttl that was asked for, and guarantees no more than it has', async (t) => {
    const store = await t.connect();
    for (const asked of [t.ttl, t.ttl * 1.5]) {
      await using session = await store.openSession(asked);
      // Servers grant whole seconds or ticks: what was asked is rounded up, never down.
      assert.ok(
        session.ttl >= asked && session.ttl <= asked + Math.max(1000, asked),
        `asked ${asked}, got ${session.ttl}`,
      );
      assert.ok(session.guaranteed > 0 && session.guaranteed <= session.ttl);
    }
  }),

  define(
    'limits: a session guarantees at least what the store said of its ttl before it had asked anybody',
    async (t) => {
      const store = await t.connect();
      const said = [1, 1.3, 1.5, 2].map((factor) => [factor * t.ttl, store.guaranteed(factor * t.ttl)] as const);
      for (const [asked, guaranteed] of said) {
        await using session = await store.openSession(asked);
        assert.ok(
          session.guaranteed >= guaranteed,
          `of ${asked} ms ${guaranteed} were said, got ${session.guaranteed}`,
        );
        assert.equal(store.guaranteed(asked), guaranteed, 'it says one thing first and then another');
        // Who says next to nothing makes every timing impossible.
        assert.ok(guaranteed > t.ttl / 10, `of ${asked} ms only ${guaranteed}`);
      }
      const lengths = said.map(([, guaranteed]) => guaranteed);
      assert.deepEqual(
        lengths,
        [...lengths].sort((a, b) => a - b),
        'less for a longer ttl',
      );
    },
  ),

  define(
    'limits: what is refused for its size or shape is refused without asking the server',
    async (t) => {
      const store = await t.connect();
      await store.read(t.root);
      await using _ = await t.faults.cut(store);
      const key = t.key('k');
      const huge = { guards: [], writes: [write(key, 'x'.repeat(store.limits.maxValueBytes + 1))] };
      const called = t.now();
      await assert.rejects(store.commit(huge), RangeError);
      await assert.rejects(store.commit({ guards: [], writes: [write(key, ''), write(key, '')] }), TypeError);
      await assert.rejects(store.openSession(0), RangeError);
      assert.ok(t.now() - called < t.slack);
    },
    'cut',
  ),

  define('limits: no error for a bad argument shows the value that was to be written', async (t) => {
    const store = await t.connect();
    const secret = 'secret-'.repeat(Math.ceil((store.limits.maxValueBytes + 1) / 7));
    for (const writes of [[write(t.key('k'), secret)], [write(t.key('k'), 'secret-'), write(t.key('k'), 'secret-')]]) {
      const error = await store.commit({ guards: [], writes }).catch((reason: unknown) => reason);
      assert.ok(error instanceof Error && !DcsError.is(error));
      assert.ok(!error.message.includes('secret-'));
    }
  }),

  ...(['cut', 'mute', 'refuse'] as const).map((fault) =>
    define(
      `${fault}: no error shows the value that was to be written, wherever one looks`,
      async (t) => {
        const store = await t.connect();
        const session = await store.openSession(long(t, store));
        await store.read(t.root);
        const value = 'postgres://replicator:secret@db';
        const txn = { guards: [], writes: [write(t.key('k'), value)] };
        await using _ = await t.faults[fault](store);
        const timeout = brief(t);
        const calls = [store.commit(txn, { timeout }), session.renew(txn, { timeout })];
        for (const call of calls) call.catch(() => {});
        for (const call of calls) {
          const shown = inspect(await failsWith('UNAVAILABLE', call), DEEP);
          const bytes = Buffer.from(value);
          for (const form of [value, bytes.toString('base64'), bytes.toString('hex').replace(/..(?=.)/g, '$& ')]) {
            assert.ok(!shown.includes(form));
          }
        }
      },
      fault,
    ),
  ),
];
