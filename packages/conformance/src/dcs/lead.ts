import assert from 'node:assert/strict';
import { type Lease, lead } from '@tenure/core';
import { type Definition, define, waits } from '../case.ts';
import { aborts, at, calm, join, joinOn, life, rejects, remove, stored, sturdy, win } from './world.ts';

/** `lead`, for daemons without a loop of their own. */
export const leadCases: readonly Definition[] = [
  waits('lead runs the work in office, renews meanwhile, returns its value and releases', async (t) => {
    const { dcs, tap } = await join(t, 'a', { timing: sturdy(t) });
    const value = await lead(
      dcs,
      async (lease) => {
        for (const end = t.now() + 1.4 * dcs.timing.ttl; t.now() < end; await t.sleep(0.1 * life(t)))
          lease.assertHeld();
        return `term ${lease.token}`;
      },
      { signal: t.signal },
    );
    assert.equal(value, 'term 1');
    assert.ok(tap.count('renew') >= 6, `${tap.count('renew')} renewals`);
    assert.equal(await stored(tap, at(t, 'leader')), undefined);
    assert.equal(dcs.lease, undefined);
  }),

  define('lead rejects with what the work threw in office, and releases', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    const failing = lead(dcs, async () => Promise.reject(new Error('broken')), { signal: t.signal });
    await assert.rejects(failing, { message: 'broken' });
    assert.equal(await stored(tap, at(t, 'leader')), undefined);
  }),

  waits('lead waits for the work to end after a loss, and leads again in a new term', async (t) => {
    const { dcs, tap } = await join(t, 'a', { timing: { ttl: calm(t).ttl, loopWait: life(t) / 6 } });
    const running: number[] = [];
    let most = 0;
    const value = await lead(
      dcs,
      async (lease) => {
        running.push(lease.token);
        most = Math.max(most, running.length);
        if (lease.token === 1) {
          await remove(tap, at(t, 'leader'));
          await aborts(t, lease.signal, life(t) + t.slack);
          await t.sleep(0.5 * life(t));
        }
        running.pop();
        return lease.token;
      },
      { signal: t.signal },
    );
    assert.equal(value, 2);
    assert.equal(most, 1, 'the work ran twice at one time');
  }),

  define('lead with once rejects with LEASE_LOST after a loss', async (t) => {
    const { dcs, tap } = await join(t, 'a', { timing: { ttl: calm(t).ttl, loopWait: life(t) / 6 } });
    const work = async (lease: Lease) => {
      await remove(tap, at(t, 'leader'));
      await aborts(t, lease.signal, life(t) + t.slack);
    };
    await rejects(lead(dcs, work, { once: true, signal: t.signal }), 'LEASE_LOST');
  }),

  waits('lead stops on its signal: the lease ends, the work is waited for, the office is released', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    const leaving = new AbortController();
    const state = { ended: false };
    const leading = lead(
      dcs,
      async (lease) => {
        leaving.abort(new Error('stop'));
        assert.ok(lease.signal.aborted);
        assert.throws(() => lease.assertHeld(), { code: 'LEASE_LOST' });
        await t.sleep(0.2 * life(t));
        state.ended = true;
      },
      { signal: leaving.signal },
    );
    await assert.rejects(leading, { message: 'stop' });
    assert.ok(state.ended, 'the work was still running');
    assert.equal(await stored(tap, at(t, 'leader')), undefined);
  }),

  waits('two who lead hand over when one ends, and never overlap', async (t) => {
    const [a, b] = [await join(t, 'a'), await join(t, 'b')];
    let inOffice = 0;
    const work = async (lease: Lease) => {
      inOffice += 1;
      assert.equal(inOffice, 1);
      await t.sleep(0.6 * life(t));
      inOffice -= 1;
      return lease.token;
    };
    const options = { signal: t.signal };
    const tokens = await Promise.all([lead(a.dcs, work, options), lead(b.dcs, work, options)]);
    assert.deepEqual(tokens.sort(), [1, 2]);
  }),

  waits('lead whose office is lost at once, term after term, does not spin', async (t) => {
    const { dcs } = await join(t, 'a', { timing: sturdy(t) });
    const leaving = new AbortController();
    let terms = 0;
    const work = async (lease: Lease) => {
      terms += 1;
      lease.resign();
      await t.sleep(1);
    };
    const leading = lead(dcs, work, { signal: leaving.signal });
    leading.catch(() => undefined);
    const started = t.now();
    await t.sleep(life(t));
    const most = (t.now() - started) / (dcs.timing.loopWait / 2) + 2;
    leaving.abort(new Error('enough'));
    await assert.rejects(leading, { message: 'enough' });
    assert.ok(terms >= 2 && terms <= most, `${terms} terms, at most ${Math.floor(most)} are due`);
  }),

  define('lead under a name that another process uses rejects with NAME_IN_USE', async (t) => {
    const timing = { ttl: calm(t).ttl, loopWait: life(t) / 6 };
    const [older, newer] = [await join(t, 'a', { timing }), await join(t, 'a', { timing })];
    const leading = rejects(
      lead(
        older.dcs,
        async (lease) => {
          await win(newer.dcs);
          await aborts(t, lease.signal, life(t) + t.slack);
        },
        { signal: t.signal },
      ),
      'NAME_IN_USE',
    );
    await leading;
    assert.equal((await stored(newer.tap, at(t, 'epoch')))?.value, '2');
  }),

  waits('retime while leading keeps the office', async (t) => {
    const { dcs, tap } = await join(t, 'a', { timing: sturdy(t) });
    const tokens = await lead(
      dcs,
      async (lease) => {
        for (const factor of [3, 3.5, 4, 4.5]) {
          await dcs.retime({ ttl: life(t) * factor, loopWait: life(t) / 12, retryTimeout: life(t) });
          await t.sleep(0.2 * life(t));
          lease.assertHeld();
        }
        return lease.token;
      },
      { signal: t.signal },
    );
    assert.equal(tokens, 1);
    assert.equal((await stored(tap, at(t, 'epoch')))?.value, '1');
  }),

  define('one process leads several scopes on one connection', async (t) => {
    const { dcs, tap } = await join(t, 'a');
    const scopes = ['s', 's1', 's2'].map((scope) => (scope === 's' ? dcs : joinOn(t, tap, 'a', { scope })));
    const inOffice: Lease[] = [];
    await Promise.all(
      scopes.map((one) =>
        lead(
          one,
          async (lease) => {
            inOffice.push(lease);
            await t.until(() => inOffice.length === 3, t.slack);
          },
          { signal: t.signal },
        ),
      ),
    );
    assert.equal(inOffice.length, 3);
  }),
];
