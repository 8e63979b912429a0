import assert from 'node:assert/strict';
import type { Lease } from '@tenure/core';
import { type Definition, define, waits } from '../case.ts';
import { at, brisk, calm, join, life, put, rejects, remove, stored, sturdy, win } from './world.ts';

/** Waiting for office. */
export const campaignCases: readonly Definition[] = [
  define('campaign wins a vacant office at once', async (t) => {
    const { dcs } = await join(t, 'a');
    const lease = await dcs.campaign({ signal: t.signal });
    assert.equal(lease.token, 1);
    assert.equal(dcs.lease, lease);
  }),

  define('campaign waits while a rival holds, and wins soon after the release', async (t) => {
    const [a, b] = [await join(t, 'a'), await join(t, 'b')];
    const lease = await win(a.dcs);
    const state = { won: false };
    const waiting = b.dcs.campaign({ signal: t.signal }).then((won) => {
      state.won = true;
      return won;
    });
    await t.until(() => b.dcs.latest !== undefined, t.slack);
    assert.equal(state.won, false);
    await lease.release({ status: { optime: 5 } });
    const released = t.now();
    const next = await waiting;
    assert.equal(next.token, 2);
    // Handover is a matter of the watch, not of any ttl or loopWait.
    assert.ok(t.now() - released < 1000 + t.slack / 2, `${t.now() - released} ms`);
    assert.deepEqual((await b.dcs.view()).status.value, { optime: 5 });
  }),

  waits('campaign wins after the holder died, within ttl and the grace of the store', async (t) => {
    const [a, b] = [await join(t, 'a', { timing: brisk(t) }), await join(t, 'b', { timing: brisk(t) })];
    const lease = await win(a.dcs);
    const died = t.now();
    const next = await b.dcs.campaign({ signal: t.signal });
    assert.ok(t.now() - died < life(t) + t.grace + t.slack, `${t.now() - died} ms`);
    assert.equal(next.token, 2);
    assert.equal(lease.held, false);
  }),

  define('campaign wins after the leader key was removed by hand', async (t) => {
    const [a, b] = [await join(t, 'a'), await join(t, 'b')];
    await win(a.dcs);
    const waiting = b.dcs.campaign({ signal: t.signal });
    await t.until(() => b.dcs.latest !== undefined, t.slack);
    await remove(a.tap, at(t, 'leader'));
    assert.equal((await waiting).token, 2);
  }),

  define('of five who campaign each leads in turn, one at a time', async (t) => {
    const members = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => join(t, name)));
    const held = new Set<Lease>();
    const tokens: number[] = [];
    await Promise.all(
      members.map(async ({ dcs }) => {
        const lease = await dcs.campaign({ signal: t.signal });
        assert.equal(held.size, 0, 'two hold office');
        held.add(lease);
        tokens.push(lease.token);
        await t.sleep(20);
        await lease.renew();
        held.delete(lease);
        await lease.release();
      }),
    );
    assert.deepEqual(tokens, [1, 2, 3, 4, 5]);
  }),

  define('campaign ends with the reason of its signal, and holds nothing', async (t) => {
    const [a, b] = [await join(t, 'a'), await join(t, 'b')];
    const lease = await win(a.dcs);
    const leaving = new AbortController();
    const waiting = b.dcs.campaign({ signal: leaving.signal });
    await t.until(() => b.dcs.latest !== undefined, t.slack);
    leaving.abort(new Error('enough'));
    await assert.rejects(waiting, { message: 'enough' });
    await assert.rejects(b.dcs.campaign({ signal: AbortSignal.abort(new Error('before')) }), { message: 'before' });
    await lease.release();
    assert.equal((await win(a.dcs)).token, 2);
  }),

  waits('a member who campaigns keeps its session and its member key, however often the leader writes', async (t) => {
    const [a, b] = [await join(t, 'a'), await join(t, 'b', { timing: sturdy(t) })];
    const lease = await win(a.dcs);
    await b.dcs.announce({ state: 'running' });
    const session = b.dcs.session;
    const over = new AbortController();
    const waiting = b.dcs.campaign({ signal: over.signal });
    waiting.catch(() => undefined);
    let optime = 0;
    for (const end = t.now() + 1.4 * b.dcs.timing.ttl + t.grace; t.now() < end; await t.sleep(life(t) / 12)) {
      optime += 1;
      await lease.renew({ status: { optime } });
    }
    const member = await stored(a.tap, at(t, 'members/b'));
    assert.equal(member?.session, session, 'the session of a member who campaigns was lost');
    over.abort(new Error('enough'));
    await assert.rejects(waiting, { message: 'enough' });
  }),

  define('campaign takes over a leader key that a crashed predecessor left in its name', async (t) => {
    const [older, newer] = [await join(t, 'a'), await join(t, 'a')];
    await win(older.dcs);
    assert.equal((await newer.dcs.campaign({ signal: t.signal })).token, 2);
  }),

  define('campaign reports what waiting cannot mend: an epoch that is no counter', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    await put(tap, at(t, 'epoch'), 'garbage');
    await rejects(dcs.campaign({ signal: t.signal }), 'INVALID_DATA');
  }),

  waits('campaign behind a leader key without a session waits, asks little, and wins when it is removed', async (t) => {
    const { dcs, tap } = await join(t, 'a', { timing: brisk(t) });
    const raw = await t.connect();
    await put(raw, at(t, 'leader'), 'ghost');
    const waiting = dcs.campaign({ signal: t.signal });
    await t.sleep(2 * life(t));
    const rounds = (2 * life(t)) / dcs.timing.loopWait;
    // One renewal each loopWait, and what the start costs.
    assert.ok(tap.count() <= rounds + 6, `${tap.count()} calls in ${rounds} rounds`);
    await remove(raw, at(t, 'leader'));
    assert.equal((await waiting).token, 1);
  }),

  waits('campaign whose attempts fail at once makes no more than one each half loopWait', async (t) => {
    const { dcs, tap } = await join(t, 'a', { timing: { ttl: calm(t).ttl, loopWait: life(t) / 4 } });
    const attempts = () => tap.count('read');
    const most = (life(t) / (dcs.timing.loopWait / 2) + 2) * 2;
    for (let n = 0; n < 10 * most; n++) {
      tap.loseRequest('commit');
      tap.loseRequest('renew');
    }
    const waiting = dcs.campaign({ signal: t.signal });
    await t.sleep(life(t));
    // Each attempt reads once or twice: to know the state, and to settle what became of the commit.
    assert.ok(attempts() >= 2 && attempts() <= most, `${attempts()} reads, at most ${most} are due`);
    tap.heal();
    assert.ok((await waiting).held);
  }),

  ...(['cut', 'refuse', 'freeze', 'mute'] as const).map((fault) =>
    waits(
      `${fault}: campaign outlives the outage, asks no more than one attempt each half loopWait, and wins after it`,
      async (t) => {
        const timing = { ttl: calm(t).ttl, loopWait: life(t) / 3, retryTimeout: life(t) / 3 };
        const [a, b] = [await join(t, 'a'), await join(t, 'b', { timing })];
        const lease = await win(a.dcs);
        const waiting = b.dcs.campaign({ signal: t.signal });
        await t.until(() => b.dcs.latest !== undefined, t.slack);
        const heal = await (t.faults[fault] as typeof t.faults.cut)(b.client);
        await lease.release();
        const sent = b.tap.count();
        const outage = 3 * life(t);
        await t.sleep(outage);
        // Each attempt may be three calls: the session, the read, the commit.
        const most = 3 * (outage / (timing.loopWait / 2)) + 6;
        assert.ok(b.tap.count() - sent <= most, `${b.tap.count() - sent} calls in ${outage} ms`);
        await heal();
        assert.ok((await waiting).token >= 2);
        assert.ok(b.dcs.lease?.held);
      },
      fault,
    ),
  ),

  define(
    'campaign outlives a restart of the server',
    async (t) => {
      const [a, b] = [await join(t, 'a'), await join(t, 'b')];
      const lease = await win(a.dcs);
      const waiting = b.dcs.campaign({ signal: t.signal });
      await t.until(() => b.dcs.latest !== undefined, t.slack);
      await t.faults.restart();
      await t.recovers(() => lease.release(), 10_000 + t.slack);
      await lease.release();
      await t.recovers(async () => remove(a.tap, at(t, 'leader')), 10_000);
      assert.ok((await waiting).token >= 2);
    },
    'restart',
  ),
];
