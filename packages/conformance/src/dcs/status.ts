import assert from 'node:assert/strict';
import { type Definition, define } from '../case.ts';
import { at, join, put, remove, stored, win } from './world.ts';

/** What a leader reports with its renewals, and how it is read. */
export const statusCases: readonly Definition[] = [
  define('dcs 15. a renewal with a position writes the status, one with position 0 does not', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    const lease = await win(dcs);
    await lease.renew({ status: { optime: 0 } });
    assert.equal(await stored(tap, at(t, 'status')), undefined);
    const sent = tap.count();
    await lease.renew({ status: { optime: 67108960 } });
    assert.equal(tap.count(), sent + 1, 'the status must be in the commit of the renewal');
    assert.equal((await stored(tap, at(t, 'status')))?.value, '{"optime":67108960}');
    assert.equal((await stored(tap, at(t, 'status')))?.session, undefined, 'the status must be permanent');
  }),

  define('dcs 69. an unchanged status is written once', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    const lease = await win(dcs);
    // Nothing to retain, said and not said, is the same.
    for (const none of [{}, { retainSlots: [] }, {}]) {
      await lease.renew({ status: { optime: 5, slots: { b: 4 }, ...none } });
    }
    assert.equal(tap.sent.filter(({ op, writes }) => op === 'renew' && writes > 0).length, 1);
    const version = (await stored(tap, at(t, 'status')))?.version;
    await lease.renew({ status: { optime: 6, slots: { b: 4 } } });
    assert.notEqual((await stored(tap, at(t, 'status')))?.version, version);
  }),

  define('dcs 72. an unchanged failsafe map is written once, and leaving it out keeps it', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    const lease = await win(dcs);
    for (let i = 0; i < 3; i++) await lease.renew({ failsafe: { a: 'http://a', b: 'http://b' } });
    await lease.renew();
    assert.equal(tap.sent.filter(({ op, writes }) => op === 'renew' && writes > 0).length, 1);
    assert.equal((await stored(tap, at(t, 'failsafe')))?.value, '{"a":"http://a","b":"http://b"}');
  }),

  define('dcs 16. a refused renewal writes neither status nor failsafe', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    const lease = await win(dcs);
    await remove(tap, at(t, 'leader'));
    await assert.rejects(lease.renew({ status: { optime: 5 }, failsafe: { a: 'u' } }), { code: 'LEASE_LOST' });
    assert.equal(await stored(tap, at(t, 'status')), undefined);
    assert.equal(await stored(tap, at(t, 'failsafe')), undefined);
  }),

  define('dcs 21. release with a status: the status and the end of office are one commit', async (t) => {
    const [a, b] = [await join(t, 'a'), await join(t, 'b')];
    const lease = await win(a.dcs);
    const over = new AbortController();
    const states: string[] = [];
    const watching = (async () => {
      for await (const { entries } of b.tap.watch(t.root, { signal: AbortSignal.any([over.signal, t.signal]) })) {
        const [leader, status] = [entries.get(at(t, 'leader')), entries.get(at(t, 'status'))];
        states.push(`${leader?.value ?? '-'} ${status?.value ?? '-'}`);
      }
    })();
    watching.catch(() => undefined);
    await t.until(() => states.length > 0, t.slack);
    const sent = a.tap.count();
    await lease.release({ status: { optime: 9 } });
    assert.equal(a.tap.count(), sent + 1);
    await t.until(() => states.at(-1) === '- {"optime":9}', t.slack);
    over.abort();
    assert.deepEqual([...new Set(states)], ['a -', '- {"optime":9}']);
  }),

  define('dcs 70. a release with a position alone carries the slots over that were reported last', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    const lease = await win(dcs);
    await lease.renew({ status: { optime: 5, slots: { b: 4 }, retainSlots: ['c'] } });
    await lease.release({ status: { optime: 9 } });
    assert.equal((await stored(tap, at(t, 'status')))?.value, '{"optime":9,"slots":{"b":4},"retain_slots":["c"]}');
  }),

  define('dcs 70. a new leader carries over the slots of its predecessor', async (t) => {
    const [a, b] = [await join(t, 'a'), await join(t, 'b')];
    const lease = await win(a.dcs);
    await lease.release({ status: { optime: 5, slots: { b: 4 } } });
    await (await win(b.dcs)).renew({ status: { optime: 6 } });
    assert.equal((await stored(b.tap, at(t, 'status')))?.value, '{"optime":6,"slots":{"b":4}}');
  }),

  define('dcs 67. optime/leader counts while status is absent, and a broken status hides it', async (t) => {
    const { dcs } = await join(t, 'a');
    const raw = await t.connect();
    await put(raw, at(t, 'optime/leader'), '5');
    assert.equal((await dcs.view()).status.value?.optime, 5);
    assert.equal((await dcs.view()).status.version, null);
    await put(raw, at(t, 'status'), '{');
    const { status } = await dcs.view();
    assert.equal(status.value?.optime ?? 0, 0);
    assert.ok(status.problem !== undefined && status.version !== null);
  }),

  define('dcs 68. slots and retain_slots may be JSON in text', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    await put(tap, at(t, 'status'), String.raw`{"optime":"7","slots":"{\"b\":4}","retain_slots":"[\"c\"]"}`);
    assert.deepEqual((await dcs.view()).status.value, { optime: 7, slots: { b: 4 }, retainSlots: ['c'] });
  }),

  define('dcs 71. optime/leader is written too while a member is older than 2.1', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    const lease = await win(dcs);
    await lease.renew({ status: { optime: 5 } });
    assert.equal(await stored(tap, at(t, 'optime/leader')), undefined);
    await put(tap, at(t, 'members/old'), '{"version":"2.0.0"}');
    await dcs.view();
    await lease.renew({ status: { optime: 6 } });
    assert.equal((await stored(tap, at(t, 'optime/leader')))?.value, '6');
  }),
];
