import assert from 'node:assert/strict';
import { DcsError } from '@tenure/core';
import { type Definition, define } from '../case.ts';
import { at, calm, join, put, remove, stored } from './world.ts';

/** Guarded documents: config, sync, failover, history, initialize. */
export const documentCases: readonly Definition[] = [
  define('dcs 46. a document that is absent is created without a version, and is absent by version null', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    assert.deepEqual(await dcs.config.read(), { value: undefined, version: null });
    assert.ok((await dcs.config.write({ ttl: 30 })) !== undefined);
    assert.equal((await stored(tap, at(t, 'config')))?.value, '{"ttl":30}');
    assert.equal((await stored(tap, at(t, 'config')))?.session, undefined);
  }),

  define('dcs 47. a write with the current version lands, one with a stale version is refused', async (t) => {
    const { dcs } = await join(t, 'a');
    const first = await dcs.config.write({ n: 1 });
    assert.ok(first !== undefined);
    const second = await dcs.config.write({ n: 2 }, { version: first });
    assert.ok(second !== undefined && second !== first);
    assert.equal(await dcs.config.write({ n: 3 }, { version: first }), undefined);
    assert.deepEqual(await dcs.config.read(), { value: { n: 2 }, version: second });
  }),

  define('dcs 48. the version just after the creation is a version: stale, it is refused', async (t) => {
    const { dcs } = await join(t, 'a');
    const first = await dcs.config.write({ n: 1 }, { version: null });
    assert.ok(first !== undefined);
    await dcs.config.write({ n: 2 });
    assert.equal(await dcs.config.write({ n: 3 }, { version: first }), undefined);
    assert.equal(await dcs.config.clear({ version: first }), false);
    assert.deepEqual((await dcs.config.read()).value, { n: 2 });
  }),

  define('dcs 49. a version is refused when the key is absent, and null when it is present', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    const first = await dcs.config.write({ n: 1 });
    assert.ok(first !== undefined);
    assert.equal(await dcs.config.write({ n: 2 }, { version: null }), undefined);
    await remove(tap, at(t, 'config'));
    assert.equal(await dcs.config.write({ n: 3 }, { version: first }), undefined);
    assert.equal(await stored(tap, at(t, 'config')), undefined);
  }),

  define('dcs 50. a config that is no object is no config, and is told', async (t) => {
    const { dcs } = await join(t, 'a');
    const raw = await t.connect();
    for (const garbage of ['{', '[]', '', 'null', '7']) {
      await put(raw, at(t, 'config'), garbage);
      const { value, version, problem } = await dcs.config.read();
      assert.equal(value, undefined, garbage);
      assert.ok(version !== null && problem !== undefined);
      assert.ok((await dcs.view()).problems.some(({ key }) => key === at(t, 'config')));
    }
    const { version } = await dcs.config.read();
    assert.ok((await dcs.config.write({ n: 1 }, { version })) !== undefined, 'garbage can be replaced under guard');
  }),

  define('dcs 51. clear empties a document and keeps its key, so that an old version never fits again', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    const empty = { config: '{}', sync: '{}', failover: '{}', history: '[]', status: '{}', failsafe: '{}' } as const;
    for (const name of Object.keys(empty) as (keyof typeof empty)[]) {
      await put(tap, at(t, name), '{"x":1}');
      const { version } = await dcs[name].read();
      assert.ok(await dcs[name].clear({ version }), name);
      assert.equal((await stored(tap, at(t, name)))?.value, empty[name]);
      assert.equal(await dcs[name].clear({ version }), false, name);
    }
  }),

  define('an update of two clients at once loses neither', async (t) => {
    const [a, b] = [await join(t, 'a'), await join(t, 'b')];
    const add = (n: { dcs: typeof a.dcs }) => n.dcs.config.update((config) => ({ n: Number(config?.n ?? 0) + 1 }));
    for (let round = 0; round < 5; round++) await Promise.all([add(a), add(b), add(a)]);
    assert.deepEqual((await a.dcs.config.read()).value, { n: 15 });
  }),

  define('an update whose change gives undefined writes nothing', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    await dcs.config.write({ n: 1 });
    const sent = tap.count('commit');
    assert.deepEqual(await dcs.config.update(() => undefined), { n: 1 });
    assert.equal(tap.count('commit'), sent);
  }),

  define('an update that others keep disturbing is CONFLICT after retryTimeout', async (t) => {
    const { dcs, tap } = await join(t, 'a', { timing: { ttl: calm(t).ttl, retryTimeout: 500 } });
    const raw = await t.connect();
    const state = { over: false };
    const disturbing = (async () => {
      for (let n = 0; !state.over; n++) {
        const held = tap.holdRequest('commit');
        await held.arrived;
        await put(raw, at(t, 'config'), `{"n":${n}}`);
        held.go();
      }
    })();
    disturbing.catch(() => undefined);
    // A write that the deadline cuts short is an unknown outcome, and honestly told as one: then once more.
    await t.until(async () => {
      const started = t.now();
      const error = await dcs.config.update((config) => ({ ...config, mine: true })).catch((it: unknown) => it);
      assert.ok(t.now() - started < 500 + t.slack, `${t.now() - started} ms`);
      if (DcsError.is(error, 'UNAVAILABLE') && error.maybeApplied) return false;
      assert.ok(DcsError.is(error, 'CONFLICT'), String(error));
      return true;
    }, 10 * 500);
    state.over = true;
    assert.doesNotMatch((await stored(raw, at(t, 'config')))?.value ?? '', /mine/);
  }),

  define('dcs 8, 52, 53. sync: bytes, and writes chained by the version that each returns', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    const first = await dcs.sync.write({ leader: 'a', quorum: 0, standbys: [] }, { version: null });
    assert.ok(first !== undefined);
    assert.equal((await stored(tap, at(t, 'sync')))?.value, '{"leader":"a","quorum":0,"sync_standby":null}');
    assert.equal((await dcs.view()).sync.version, first);
    const second = await dcs.sync.write({ leader: 'a', quorum: 1, standbys: ['c', 'b'] }, { version: first });
    assert.ok(second !== undefined);
    assert.equal((await stored(tap, at(t, 'sync')))?.value, '{"leader":"a","quorum":1,"sync_standby":"b,c"}');
    assert.equal(await dcs.sync.write({ leader: 'b', quorum: 0, standbys: [] }, { version: first }), undefined);
    assert.ok((await dcs.sync.write({ leader: 'b', quorum: 0, standbys: [] }, { version: second })) !== undefined);
  }),

  define('dcs 54, 55. sync is cleared under its current version only', async (t) => {
    const { dcs } = await join(t, 'a');
    const first = await dcs.sync.write({ leader: 'a', quorum: 0, standbys: ['b'] });
    const second = await dcs.sync.write({ leader: 'a', quorum: 0, standbys: ['c'] });
    assert.ok(first !== undefined && second !== undefined);
    assert.equal(await dcs.sync.clear({ version: first }), false);
    assert.deepEqual((await dcs.sync.read()).value?.standbys, ['c']);
    assert.equal(await dcs.sync.clear({ version: second }), true);
    assert.equal((await dcs.view()).sync.value?.leader ?? null, null);
  }),

  define('dcs 56, 57. sync of others: a quorum in text, one that is none, names with spaces', async (t) => {
    const { dcs } = await join(t, 'a');
    const raw = await t.connect();
    await put(raw, at(t, 'sync'), '{"leader":"a","quorum":"2","sync_standby":"A, b ,"}');
    assert.deepEqual((await dcs.view()).sync.value, { leader: 'a', quorum: 2, standbys: ['A', 'b'] });
    await put(raw, at(t, 'sync'), '{"leader":"a","quorum":"x","sync_standby":"b"}');
    const { sync } = await dcs.view();
    assert.equal(sync.value, undefined);
    assert.ok(sync.version !== null && sync.problem !== undefined);
  }),

  define('dcs 59, 60. failover: exact bytes, emptied and kept, and a stale clear is refused', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    const scheduledAt = new Date('2030-01-01T00:00:00Z');
    const first = await dcs.failover.write({ leader: 'a', candidate: 'b', scheduledAt });
    assert.ok(first !== undefined);
    const bytes = '{"leader":"a","member":"b","scheduled_at":"2030-01-01T00:00:00+00:00"}';
    assert.equal((await stored(tap, at(t, 'failover')))?.value, bytes);
    assert.deepEqual((await dcs.view()).failover.value, { leader: 'a', candidate: 'b', scheduledAt });
    await dcs.failover.write({ candidate: 'c' });
    assert.equal(await dcs.failover.clear({ version: first }), false);
    assert.equal((await stored(tap, at(t, 'failover')))?.value, '{"member":"c"}');
    assert.equal(await dcs.failover.clear(), true);
    assert.equal((await stored(tap, at(t, 'failover')))?.value, '{}');
    assert.deepEqual((await dcs.view()).failover.value, {});
  }),

  define('dcs 61, 62. failover of others: the old form, garbage and bad times never stop a view', async (t) => {
    const { dcs } = await join(t, 'a');
    const raw = await t.connect();
    await put(raw, at(t, 'failover'), 'a:b');
    assert.deepEqual((await dcs.view()).failover.value, { leader: 'a', candidate: 'b' });
    for (const garbage of ['null', '[]', '1', '{"leader":"a","scheduled_at":"tomorrow"}', '{"leader":']) {
      await put(raw, at(t, 'failover'), garbage);
      const { failover } = await dcs.view();
      assert.ok(failover.problem !== undefined, garbage);
      assert.equal(failover.value?.leader, undefined, garbage);
    }
  }),

  define('dcs 63. history: lines of three, four and five items, and the timeline they tell', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    const bytes =
      '[[1,67109120,"no recovery target specified"],[2,5,"r","2030-01-01T00:00:00+00:00"],[3,6,"r","t","a"]]';
    await put(tap, at(t, 'history'), bytes);
    const { value } = await dcs.history.read();
    assert.ok(value !== undefined);
    assert.equal((await dcs.view()).timeline, 4);
    await dcs.history.write(value);
    assert.equal((await stored(tap, at(t, 'history')))?.value, bytes);
    for (const [text, timeline] of [
      ['[]', 1],
      ['junk', 0],
    ] as const) {
      await put(tap, at(t, 'history'), text);
      assert.equal((await dcs.view()).timeline, timeline, text);
    }
  }),

  define(
    'dcs 64, 65. initialize: one of ten wins, writes its exact id, and cancelling twice is no error',
    async (t) => {
      const members = await Promise.all(Array.from({ length: 10 }, (_, i) => join(t, `n${i}`)));
      const [first] = members;
      assert.ok(first !== undefined);
      const claims = await Promise.all(members.map(({ dcs }) => dcs.initialize.claim()));
      assert.equal(claims.filter((version) => version !== undefined).length, 1);
      assert.equal((await stored(first.tap, at(t, 'initialize')))?.value, '');
      await first.dcs.initialize.write('7412345678901234567');
      assert.equal((await stored(first.tap, at(t, 'initialize')))?.value, '7412345678901234567');
      assert.equal((await first.dcs.view()).initialize.value, '7412345678901234567');
      await first.dcs.initialize.clear();
      await first.dcs.initialize.clear();
      assert.equal(await stored(first.tap, at(t, 'initialize')), undefined);
      assert.ok((await first.dcs.initialize.claim()) !== undefined);
    },
  ),

  define('a value that a document cannot hold is a TypeError, and nothing is sent', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    await assert.rejects(dcs.config.write([] as never), TypeError);
    await assert.rejects(dcs.sync.write({ leader: null, quorum: 0, standbys: ['a'] }), TypeError);
    await assert.rejects(dcs.failover.write({ scheduledAt: new Date() }), TypeError);
    await assert.rejects(dcs.status.write({ optime: -1 }), TypeError);
    assert.equal(tap.count(), 0);
  }),
];
