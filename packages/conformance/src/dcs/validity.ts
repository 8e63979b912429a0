import assert from 'node:assert/strict';
import { validity } from '@tenure/core';
import { type Definition, define, waits } from '../case.ts';
import { Tap } from './tap.ts';
import { at, brisk, calm, guaranteed, join, joinOn, life, rejects, stored, win } from './world.ts';

/** How long a lease is valid, whatever the clocks, the timers and the network do. */
export const validityCases: readonly Definition[] = [
  define('validity is what the store guarantees, less drift and stop budget, from before the sending', async (t) => {
    for (const [scope, extra] of Object.entries({
      s0: {},
      s1: { stopBudget: life(t) / 4 },
      s2: { drift: 0.1 },
      s3: { drift: 0.05, stopBudget: life(t) / 8 },
    })) {
      const { dcs, tap } = await join(t, 'a', { scope, timing: { ...brisk(t), ...extra } });
      const lease = await win(dcs);
      const { guaranteed } = tap.sessions.at(-1) ?? { guaranteed: 0 };
      const { drift, stopBudget } = dcs.timing;
      const expected = (guaranteed * (1 - drift)) / (1 + drift) - stopBudget;
      assert.equal(validity(guaranteed, dcs.timing), expected);
      // An attempt that comes late after the opening renews the session with it.
      const counted = tap.count('renew') > 0 ? tap.lastSent('renew') : tap.lastSent('open');
      assert.ok(lease.deadline <= counted + expected + 0.001, 'counted from after the sending');
      assert.ok(lease.deadline > counted + expected - t.slack, 'far less than the store guarantees');
      await lease.renew();
      assert.ok(lease.deadline <= tap.lastSent('renew') + expected + 0.001, 'counted from after the renewal was sent');
      assert.ok(lease.remaining <= lease.deadline - dcs.store.clock.now() + 50);
    }
  }),

  define(
    'two renewals fit into the validity of a lease whose timing is derived, from the shortest ttl on',
    async (t) => {
      for (const ttl of [t.ttl, 2 * t.ttl, 5 * t.ttl]) {
        const { dcs, tap } = await join(t, 'a', { scope: `s${ttl}`, timing: { ttl } });
        await dcs.keepAlive();
        const { guaranteed } = tap.sessions.at(-1) ?? { guaranteed: 0 };
        assert.ok(validity(guaranteed, dcs.timing) >= 2 * dcs.timing.loopWait, `ttl ${ttl}: ${guaranteed} ms`);
      }
    },
  ),

  define('a timing for which the store guarantees too little is refused at construction', async (t) => {
    const store = new Tap(await t.connect());
    const { ttl } = calm(t);
    const budget = store.guaranteed(ttl) - ttl / 10;
    for (const timing of [
      { ttl, loopWait: ttl / 8, stopBudget: budget },
      { ttl, stopBudget: store.guaranteed(ttl) },
    ]) {
      assert.throws(() => joinOn(t, store, 'a', { timing }), { name: 'RangeError', message: /ttl/ });
    }
    const { timing } = joinOn(t, store, 'a', { timing: { ttl, loopWait: ttl / 16, stopBudget: budget } });
    assert.equal(timing.stopBudget, budget);
    assert.equal(store.count(), 0);
  }),

  define('replies that come late shorten the lease by as much', async (t) => {
    const { dcs, tap } = await join(t, 'a', { timing: brisk(t) });
    const lease = await win(dcs);
    const held = tap.holdReply('renew');
    const renewal = lease.renew();
    await held.arrived;
    const late = life(t) / 5;
    await t.sleep(late);
    held.go();
    await renewal;
    const whole = validity(tap.sessions.at(-1)?.guaranteed ?? 0, dcs.timing);
    assert.ok(lease.deadline <= tap.lastSent('renew') + whole + 0.001);
    assert.ok(lease.remaining <= whole - late + 5, `${lease.remaining} ms left of ${whole} after ${late} of waiting`);
  }),

  define('requests that go out late shorten the lease by as much, for acquire too', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    await dcs.keepAlive();
    const held = tap.holdRequest('commit');
    const asked = dcs.store.clock.now();
    const attempt = dcs.acquire();
    await held.arrived;
    await t.sleep(life(t) / 5);
    held.go();
    const lease = await attempt;
    const whole = validity(tap.sessions.at(-1)?.guaranteed ?? 0, dcs.timing);
    assert.ok(lease !== undefined && lease.deadline <= asked + whole + 0.001);
  }),

  define(
    'delay: a slow line shortens validity by the whole round trip',
    async (t) => {
      const { dcs, tap, client } = await join(t, 'a', { timing: brisk(t) });
      const lease = await win(dcs);
      const each = life(t) / 16;
      const heal = await t.faults.delay(client, each);
      await lease.renew();
      const whole = validity(tap.sessions.at(-1)?.guaranteed ?? 0, dcs.timing);
      assert.ok(lease.deadline <= tap.lastSent('renew') + whole + 0.001);
      assert.ok(lease.remaining <= whole - 2 * each + 5, `${lease.remaining} ms left of ${whole}, ${each} ms each way`);
      await heal();
    },
    'delay',
  ),

  define('a hung event loop: timers are late, and the first assertHeld after the deadline throws', async (t) => {
    const { dcs, tap } = await join(t, 'a', { timing: brisk(t) });
    const lease = await win(dcs);
    const wake = tap.clock.hang();
    tap.clock.ahead = life(t) + 1;
    assert.equal(lease.signal.aborted, false, 'this case needs a timer that is late');
    assert.equal(lease.held, false);
    assert.equal(lease.remaining, 0);
    assert.throws(() => lease.assertHeld(), { code: 'LEASE_LOST' });
    assert.ok(lease.signal.aborted, 'assertHeld tells everyone');
    const sent = tap.count();
    await rejects(lease.renew(), 'LEASE_LOST');
    await rejects(dcs.config.write({ n: 1 }, { fence: lease }), 'LEASE_LOST');
    assert.equal(tap.count(), sent, 'something was sent under a lease that had run out');
    wake();
  }),

  define('a fenced write after the deadline sends nothing, even when no timer has fired', async (t) => {
    const { dcs, tap } = await join(t, 'a', { timing: brisk(t) });
    const lease = await win(dcs);
    tap.clock.hang();
    tap.clock.ahead = life(t) + 1;
    const sent = tap.count();
    for (const document of [dcs.config.write({ n: 1 }, { fence: lease }), dcs.config.clear({ fence: lease })]) {
      await rejects(document, 'LEASE_LOST');
    }
    assert.equal(tap.count(), sent);
  }),

  define('a renewal whose answer comes after the deadline does not revive the lease', async (t) => {
    const { dcs, tap } = await join(t, 'a', { timing: brisk(t) });
    const lease = await win(dcs);
    const wake = tap.clock.hang();
    const held = tap.holdReply('renew');
    const renewal = rejects(lease.renew(), 'LEASE_LOST');
    await held.arrived;
    tap.clock.ahead = life(t) + 1;
    held.go();
    await renewal;
    assert.equal(lease.held, false);
    assert.ok(lease.signal.aborted);
    wake();
  }),

  define('an acquire whose answer comes after the deadline gives no lease', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    const wake = tap.clock.hang();
    const held = tap.holdReply('commit');
    const attempt = dcs.acquire();
    await held.arrived;
    tap.clock.ahead = dcs.timing.ttl + 1;
    held.go();
    const lease = await attempt.catch(() => undefined);
    assert.equal(lease?.held ?? false, false);
    assert.equal(dcs.lease, undefined);
    wake();
  }),

  define('a machine that slept: the boot clock is ahead, and the lease is over at once', async (t) => {
    const { dcs, tap } = await join(t, 'a', { timing: brisk(t) });
    const whole = await guaranteed(t, life(t));
    const lease = await win(dcs);
    tap.clock.ahead = whole / 2;
    assert.ok(lease.held);
    assert.ok(lease.remaining <= whole / 2);
    tap.clock.ahead = whole;
    assert.equal(lease.held, false);
    assert.equal(dcs.lease, undefined);
  }),

  waits('steps of the time of day have no effect', async (t) => {
    const { dcs, tap } = await join(t, 'a', { timing: brisk(t) });
    const lease = await win(dcs);
    for (const step of [-3_600_000, 3_600_000, -1e12]) {
      const { deadline } = lease;
      tap.clock.wallAhead = step;
      assert.equal(lease.deadline, deadline);
      assert.ok(lease.held);
      await lease.renew();
    }
    await t.until(() => !lease.held, life(t) + t.slack);
    assert.ok(dcs.store.clock.now() >= lease.deadline);
  }),

  waits('the signal aborts at the deadline, and with the reason LEASE_LOST', async (t) => {
    const stopBudget = (await guaranteed(t, life(t))) / 2;
    const { dcs } = await join(t, 'a', { timing: { ...brisk(t), stopBudget } });
    const lease = await win(dcs);
    const aborted = Promise.withResolvers<number>();
    lease.signal.addEventListener('abort', () => aborted.resolve(dcs.store.clock.now()), { once: true });
    // Nothing else keeps this process up.
    const [moment] = await Promise.all([aborted.promise, t.sleep(life(t) / 2)]);
    assert.ok(moment >= lease.deadline - 1, 'before the deadline');
    assert.ok(moment <= lease.deadline + t.slack / 2, `${moment - lease.deadline} ms after the deadline`);
    assert.equal(lease.signal.reason.code, 'LEASE_LOST');
  }),

  waits('the session outlives the validity: the key stands when the lease ends', async (t) => {
    const stopBudget = (await guaranteed(t, life(t))) / 3;
    const { dcs, tap } = await join(t, 'a', { timing: { ...brisk(t), stopBudget } });
    const lease = await win(dcs);
    await t.until(() => !lease.held, life(t) + t.slack);
    const over = dcs.store.clock.now() - lease.deadline;
    if (over < stopBudget / 2) assert.equal((await stored(tap, at(t, 'leader')))?.value, 'a');
    await lease.release();
    assert.equal(await stored(tap, at(t, 'leader')), undefined, 'a lease that ran out is released all the same');
  }),
];
