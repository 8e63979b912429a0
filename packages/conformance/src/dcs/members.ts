import assert from 'node:assert/strict';
import { type Definition, define, waits } from '../case.ts';
import { at, brisk, expireLast, join, life, put, remove, stored, win } from './world.ts';

const DATA = { conn_url: 'postgres://h:5432/p', state: 'running', role: 'replica' };

/** The key of a member. */
export const memberCases: readonly Definition[] = [
  define('dcs 37. the first announcement creates the member key on the session', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    await dcs.announce(DATA);
    const member = await stored(tap, at(t, 'members/a'));
    assert.equal(member?.value, JSON.stringify(DATA));
    assert.equal(member?.session, dcs.session);
    assert.deepEqual((await dcs.view()).members[0]?.data, DATA);
  }),

  define('dcs 38. an announcement of the same data sends nothing', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    await dcs.announce(DATA);
    await dcs.view();
    const sent = tap.count();
    await dcs.announce({ ...DATA });
    assert.equal(tap.count(), sent);
  }),

  define('dcs 39. an announcement of changed data is one write', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    await dcs.announce(DATA);
    const before = await stored(tap, at(t, 'members/a'));
    const sent = tap.count();
    await dcs.announce({ ...DATA, state: 'stopped' });
    assert.equal(tap.count(), sent + 1);
    const after = await stored(tap, at(t, 'members/a'));
    assert.notEqual(after?.version, before?.version);
    assert.match(after?.value ?? '', /stopped/);
  }),

  define('dcs 40. a member key that was removed by hand is written again after a view', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    await dcs.announce(DATA);
    await remove(await t.connect(), at(t, 'members/a'));
    assert.equal((await dcs.view()).members.length, 0);
    await dcs.announce(DATA);
    assert.equal((await stored(tap, at(t, 'members/a')))?.session, dcs.session);
  }),

  define('dcs 40. a member key that was changed by hand is written again by keepAlive after a view', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    await dcs.announce(DATA);
    await put(await t.connect(), at(t, 'members/a'), '{"state":"forged"}');
    await dcs.view();
    await dcs.keepAlive();
    const member = await stored(tap, at(t, 'members/a'));
    assert.deepEqual([member?.value, member?.session], [JSON.stringify(DATA), dcs.session]);
  }),

  define('dcs 41. a member key that a foreign session owns moves to mine', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    await put(await t.connect(), at(t, 'members/a'), JSON.stringify(DATA), life(t) * 5);
    await dcs.announce(DATA);
    const member = await stored(tap, at(t, 'members/a'));
    assert.equal(member?.session, dcs.session);
    await t.sleep(0);
    assert.equal((await dcs.view()).members[0]?.session, dcs.session);
  }),

  waits('a member that keeps its session alive stays; one that stops is gone by ttl and the grace', async (t) => {
    const [a, b] = [await join(t, 'a'), await join(t, 'b', { timing: brisk(t) })];
    await Promise.all([a.dcs.announce(DATA), b.dcs.announce(DATA)]);
    const started = t.now();
    await t.until(
      async () => {
        await a.dcs.keepAlive();
        return (await a.dcs.view()).members.length === 1;
      },
      life(t) + t.grace + t.slack,
    );
    assert.ok(t.now() - started >= 0.9 * life(t), `gone after ${t.now() - started} ms of ${life(t)}`);
    assert.deepEqual(
      (await a.dcs.view()).members.map(({ name }) => name),
      ['a'],
    );
    assert.equal(a.tap.count('open'), 1);
  }),

  define('a member that withdraws is gone, and keepAlive does not bring it back', async (t) => {
    const { dcs } = await join(t, 'a');
    await dcs.announce(DATA);
    await dcs.withdraw();
    await dcs.keepAlive();
    assert.equal((await dcs.view()).members.length, 0);
    await dcs.withdraw();
    await dcs.announce(DATA);
    assert.equal((await dcs.view()).members.length, 1);
  }),

  waits('a member whose session expired is restored by keepAlive on a new one', async (t) => {
    const { dcs, tap } = await join(t, 'a', { timing: brisk(t) });
    await dcs.announce(DATA);
    const first = dcs.session;
    await t.until(async () => (await stored(tap, at(t, 'members/a'))) === undefined, life(t) + t.grace + t.slack);
    await dcs.keepAlive();
    assert.notEqual(dcs.session, first);
    assert.equal((await stored(tap, at(t, 'members/a')))?.session, dcs.session);
  }),

  define(
    'the key of a leader is restored by its next renewal, on the session that it has then, and when a hand removed it',
    async (t) => {
      const { dcs, tap } = await join(t, 'a');
      await dcs.announce(DATA);
      const first = dcs.session;
      await expireLast(t, tap);
      const lease = await win(dcs);
      assert.notEqual(dcs.session, first);
      await lease.renew();
      assert.equal((await stored(tap, at(t, 'members/a')))?.session, dcs.session);
      const raw = await t.connect();
      await remove(raw, at(t, 'members/a'));
      assert.equal((await dcs.view()).members.length, 0);
      await lease.renew();
      assert.equal((await stored(tap, at(t, 'members/a')))?.session, dcs.session);
      const [commits, reads] = [tap.count('commit'), tap.count('read')];
      await lease.renew();
      assert.deepEqual([tap.count('commit'), tap.count('read')], [commits, reads], 'a key that is there costs nothing');
    },
    'expire',
  ),

  define('dcs 42, 43. members of old Patronis and garbage are read tolerantly', async (t) => {
    const { dcs } = await join(t, 'a');
    const raw = await t.connect();
    await put(raw, at(t, 'members/old'), 'postgres://r:p@h:5432/p?application_name=http://h:8008/patroni');
    for (const [name, value] of [
      ['list', '[]'],
      ['open', '{'],
      ['void', ''],
    ] as const)
      await put(raw, at(t, `members/${name}`), value);
    const members = new Map((await dcs.view()).members.map((member) => [member.name, member]));
    assert.deepEqual(members.get('old')?.data, {
      conn_url: 'postgres://r:p@h:5432/p',
      api_url: 'http://h:8008/patroni',
    });
    for (const name of ['list', 'open', 'void']) assert.deepEqual(members.get(name)?.data, {}, name);
    assert.ok(members.get('open')?.problem !== undefined);
  }),

  define('dcs 44. keys below members that name no member are no members', async (t) => {
    const { dcs } = await join(t, 'a');
    const raw = await t.connect();
    await put(raw, at(t, 'members/x/y'), '{}');
    await put(raw, at(t, 'members'), '{}');
    const view = await dcs.view();
    assert.deepEqual(view.members, []);
    assert.ok(view.problems.length >= 2);
  }),

  define('dcs 6, 7. a member is written in ASCII, without spaces, in the order of Patroni', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    await dcs.announce({ tags: { note: 'é😀\u007f' }, role: 'replica', conn_url: 'postgres://h', zone: 1 });
    assert.equal(
      (await stored(tap, at(t, 'members/a')))?.value,
      String.raw`{"conn_url":"postgres://h","role":"replica","tags":{"note":"\u00e9\ud83d\ude00\u007f"},"zone":1}`,
    );
    await assert.rejects(dcs.announce({ state: 3 as unknown as string }), TypeError);
  }),
];
