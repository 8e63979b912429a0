import assert from 'node:assert/strict';
import { DcsError } from '@tenure/core';
import { type Definition, define, waits } from '../case.ts';
import { at, brisk, calm, join, life, rejects, stored, win } from './world.ts';

/** Replies and requests that are lost: settled or told, never taken for a refusal, and without a double effect. */
export const unknownCases: readonly Definition[] = [
  define('dcs 27. acquire whose reply was lost is settled by a read: the lease is ours under one token', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    tap.loseReply('commit');
    const lease = await win(dcs);
    assert.equal(lease.token, 1);
    assert.equal((await stored(tap, at(t, 'epoch')))?.value, '1');
    await lease.renew();
    assert.ok((await dcs.config.write({ a: 1 }, { fence: lease })) !== undefined);
  }),

  define('acquire whose request was lost is an unknown outcome and no refusal', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    tap.loseRequest('commit');
    assert.equal((await rejects(dcs.acquire(), 'UNAVAILABLE')).maybeApplied, true);
    assert.equal(dcs.lease, undefined);
    assert.equal((await win(dcs)).token, 1);
  }),

  define('acquire whose reply was lost while a rival had won is a refusal', async (t) => {
    const [a, b] = [await join(t, 'a'), await join(t, 'b')];
    const held = a.tap.holdRequest('commit');
    a.tap.loseReply('commit');
    const attempt = a.dcs.acquire();
    await held.arrived;
    await win(b.dcs);
    held.go();
    assert.equal(await attempt, undefined);
    assert.equal((await stored(b.tap, at(t, 'epoch')))?.value, '1');
  }),

  define('acquire that could not be settled is an unknown outcome, and the next one makes it ours', async (t) => {
    const { dcs, tap } = await join(t, 'a', { timing: { ttl: calm(t).ttl, retryTimeout: 1500 } });
    const rival = await join(t, 'b');
    tap.loseReply('commit');
    const sending = tap.holdRequest('commit');
    const attempt = rejects(dcs.acquire(), 'UNAVAILABLE');
    await sending.arrived;
    for (let i = 0; i < 20; i++) tap.loseReply('read');
    sending.go();
    assert.equal((await attempt).maybeApplied, true);
    tap.heal();
    assert.equal(await rival.dcs.acquire(), undefined);
    const lease = await win(dcs);
    assert.equal((await stored(tap, at(t, 'leader')))?.session, dcs.session);
    assert.equal((await stored(tap, at(t, 'epoch')))?.value, String(lease.token));
    await lease.renew();
  }),

  define('a renewal whose reply was lost is UNAVAILABLE, prolongs nothing, and may be repeated', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    const lease = await win(dcs);
    const { deadline } = lease;
    tap.loseReply('renew');
    await rejects(lease.renew(), 'UNAVAILABLE');
    assert.ok(lease.held);
    assert.equal(lease.deadline, deadline);
    await lease.renew();
    assert.ok(lease.deadline > deadline);
  }),

  define(
    'a renewal with a status whose reply or request was lost: the status is there after the next one',
    async (t) => {
      const { dcs, tap } = await join(t, 'a');
      const lease = await win(dcs);
      tap.loseReply('renew');
      assert.equal((await rejects(lease.renew({ status: { optime: 5 } }), 'UNAVAILABLE')).maybeApplied, true);
      tap.loseRequest('renew');
      await rejects(lease.renew({ status: { optime: 6 } }), 'UNAVAILABLE');
      await lease.renew({ status: { optime: 6 } });
      assert.equal((await stored(tap, at(t, 'status')))?.value, '{"optime":6}');
    },
  ),

  define('a release whose reply was lost is settled: the key is gone and the status written', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    const lease = await win(dcs);
    tap.loseReply('commit');
    await lease.release({ status: { optime: 9 } });
    assert.equal(await stored(tap, at(t, 'leader')), undefined);
    assert.equal((await stored(tap, at(t, 'status')))?.value, '{"optime":9}');
  }),

  define('a release whose request was lost is repeated', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    const lease = await win(dcs);
    tap.loseRequest('commit');
    await lease.release();
    assert.equal(await stored(tap, at(t, 'leader')), undefined);
  }),

  define('a release that is repeated does not touch the rival who came between', async (t) => {
    const [a, b] = [await join(t, 'a'), await join(t, 'b')];
    const lease = await win(a.dcs);
    a.tap.loseReply('commit');
    const released = lease.release({ status: { optime: 9 } });
    const next = await t.until(() => b.dcs.acquire(), t.slack);
    await b.dcs.status.write({ optime: 10 }, { fence: next });
    await released;
    assert.equal((await stored(b.tap, at(t, 'leader')))?.value, 'b');
    assert.equal((await stored(b.tap, at(t, 'status')))?.value, '{"optime":10}');
    await next.renew();
  }),

  define('dcs 66. initialize whose reply was lost is an unknown outcome and no refusal', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    tap.loseReply('commit');
    assert.equal((await rejects(dcs.initialize.claim(), 'UNAVAILABLE')).maybeApplied, true);
    assert.equal((await stored(tap, at(t, 'initialize')))?.value, '');
  }),

  define('a document write whose reply was lost is an unknown outcome, and is never sent twice', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    const lease = await win(dcs);
    for (const options of [{}, { version: null }, { fence: lease }]) {
      const before = tap.count('commit');
      tap.loseReply('commit');
      assert.equal((await rejects(dcs.config.write({ a: 1 }, options), 'UNAVAILABLE')).maybeApplied, true);
      assert.equal(tap.count('commit'), before + 1);
      assert.equal((await stored(tap, at(t, 'config')))?.value, '{"a":1}');
      const { version } = await dcs.config.read();
      await tap.commit({
        guards: [{ key: at(t, 'config'), version }],
        writes: [{ type: 'delete', key: at(t, 'config') }],
      });
    }
    assert.ok(lease.held);
  }),

  define('an update whose reply was lost is an unknown outcome and has one effect', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    await dcs.config.write({ n: 1 });
    tap.loseReply('commit');
    const update = dcs.config.update((config) => ({ n: Number(config?.n) + 1 }));
    assert.equal((await rejects(update, 'UNAVAILABLE')).maybeApplied, true);
    assert.deepEqual((await dcs.config.read()).value, { n: 2 });
  }),

  define('an announcement whose reply was lost is written again by the next one', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    tap.loseRequest('commit');
    await rejects(dcs.announce({ state: 'running' }), 'UNAVAILABLE');
    await dcs.announce({ state: 'running' });
    assert.equal((await stored(tap, at(t, 'members/a')))?.value, '{"state":"running"}');
  }),

  define('a session whose opening had no reply is opened anew, and reads are repeated', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    tap.loseReply('open');
    tap.loseReply('read');
    assert.equal((await win(dcs)).token, 1);
    assert.equal((await stored(tap, at(t, 'leader')))?.session, dcs.session);
  }),

  waits(
    'mute: acquire and initialize are unknown outcomes within retryTimeout, and nothing is refused falsely',
    async (t) => {
      const timing = { ttl: calm(t).ttl, retryTimeout: Math.max(500, life(t) / 3) };
      const { dcs, client, tap } = await join(t, 'a', { timing });
      await dcs.keepAlive();
      const started = t.now();
      const heal = await t.faults.mute(client);
      const watching = dcs.watch({ signal: t.signal }).next();
      watching.catch(() => undefined);
      const [acquired, claimed] = await Promise.allSettled([dcs.acquire(), dcs.initialize.claim()]);
      assert.ok(t.now() - started < timing.retryTimeout + t.slack, `${t.now() - started} ms`);
      assert.ok(acquired.status === 'rejected', 'acquire had no answer and says it was refused');
      assert.ok(claimed.status === 'rejected', 'claim had no answer and says it was refused');
      assert.equal(claimed.reason.maybeApplied, true);
      await heal();
      const lease = await t.recovers(() => win(dcs), t.slack + life(t));
      assert.equal((await stored(tap, at(t, 'epoch')))?.value, String(lease.token));
    },
    'mute',
  ),

  waits(
    'mute: a release without an answer ends the lease at once, and a rival leads when the store has applied it',
    async (t) => {
      const [a, b] = [await join(t, 'a', { timing: brisk(t) }), await join(t, 'b')];
      const lease = await win(a.dcs);
      await using _ = await t.faults.mute(a.client);
      const release = lease.release().catch((it: unknown) => it);
      assert.equal(lease.held, false);
      const error = await release;
      assert.ok(DcsError.is(error, 'UNAVAILABLE'), String(error));
      // What may be applied was sent, and the store has it. What was not sent for want of an answer leaves the key to the session.
      const within = error.maybeApplied ? t.slack : life(t) + t.grace + t.slack;
      assert.equal((await t.until(() => b.dcs.acquire(), within)).token, 2);
    },
    'mute',
  ),
];
