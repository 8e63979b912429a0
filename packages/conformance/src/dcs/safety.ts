import assert from 'node:assert/strict';
import type { Lease } from '@tenure/core';
import { type Definition, define, waits } from '../case.ts';
import type { Context } from '../context.ts';
import { at, brisk, join, life, rejects, remove, renewing, report, stored, sturdy, win } from './world.ts';

/** The holder stops acting before the store can let anyone else in. */
export const safetyCases: readonly Definition[] = [
  ...(['cut', 'mute', 'freeze', 'refuse'] as const).map((fault) =>
    waits(
      `${fault}: the holder stops before a rival leads, and its fenced write is refused after the heal`,
      async (t) => {
        // A fifth of the ttl to stop in: what the signal is for.
        const timing = { ...brisk(t), stopBudget: life(t) / 5 };
        // The rival's lease is to outlast what comes after its election.
        const [a, b] = [await join(t, 'a', { timing }), await join(t, 'b', { timing: sturdy(t) })];
        const lease = await win(a.dcs);
        const stop = renewing(t, a.dcs, lease);
        const acts = acting(t, lease);
        await t.sleep(life(t) / 2);
        assert.ok(lease.held);
        const heal = await (t.faults[fault] as typeof t.faults.cut)(a.client);
        const struck = t.now();
        const next = await b.dcs.campaign({ signal: t.signal });
        const leave = renewing(t, b.dcs, next);
        // Not before this moment can the store have let it in.
        const elected = b.tap.lastWritten();
        const took = t.now() - struck;
        assert.equal(lease.held, false);
        assert.ok(lease.signal.aborted, 'the rival leads, and the signal of the old lease has not aborted');
        await acts.ended;
        const window = acts.last - elected;
        report(`two-leader window, ${fault}`, window);
        report(`takeover, ${fault}`, took);
        assert.ok(window <= 0, `the holder acted ${window} ms after its successor was elected`);
        assert.ok(acts.aborted <= elected, `the signal aborted ${acts.aborted - elected} ms after the election`);
        assert.ok(took <= life(t) + t.grace + t.slack, `a takeover of ${took} ms`);
        assert.equal(next.token, lease.token + 1);
        await heal();
        await stop();
        await rejects(a.dcs.config.write({ late: true }, { fence: lease }), 'LEASE_LOST');
        await t.recovers(() => a.dcs.view(), 10_000);
        // The fence holds on the store too, for one who never looks at the clock.
        const write = { type: 'put', key: at(t, 'config'), value: '{"late":true}' } as const;
        assert.equal(await a.tap.commit({ guards: lease.guards, writes: [write] }), undefined);
        assert.equal(await stored(b.tap, at(t, 'config')), undefined);
        await leave();
        assert.ok(next.held);
      },
      fault,
    ),
  ),

  waits('a lease that nobody renews ends before a rival leads, with no stop budget', async (t) => {
    const [a, b] = [await join(t, 'a', { timing: brisk(t) }), await join(t, 'b', { timing: brisk(t) })];
    const lease = await win(a.dcs);
    const acts = acting(t, lease);
    await b.dcs.campaign({ signal: t.signal });
    const elected = b.tap.lastWritten();
    await acts.ended;
    report('two-leader window, unrenewed', acts.last - elected);
    assert.ok(acts.last <= elected, `the holder acted ${acts.last - elected} ms after its successor was elected`);
  }),

  define(
    'a rival that an administrator lets in: the next renewal ends the lease, and the fence held all along',
    async (t) => {
      const [a, b] = [await join(t, 'a', { timing: brisk(t) }), await join(t, 'b', { timing: brisk(t) })];
      const lease = await win(a.dcs);
      await remove(b.tap, at(t, 'leader'));
      const next = await win(b.dcs);
      await rejects(a.dcs.status.write({ optime: 1 }, { fence: lease }), 'LEASE_LOST');
      await b.dcs.status.write({ optime: 2 }, { fence: next });
      assert.deepEqual((await b.dcs.view()).status.value, { optime: 2 });
    },
  ),
];

interface Acts {
  /** The last moment at which the lease said it was held, asked as often as the event loop lets. */
  readonly last: number;
  /** When the signal aborted. */
  readonly aborted: number;
  readonly ended: Promise<void>;
}

/** A daemon that acts all the time, and asks before each act. Moments on the clock that all clients of this process share. */
function acting(t: Context, lease: Lease): Acts {
  const acts = { last: 0, aborted: Number.POSITIVE_INFINITY };
  lease.signal.addEventListener('abort', () => {
    acts.aborted = t.now();
  });
  const loop = async () => {
    while (!t.signal.aborted) {
      const now = t.now();
      if (!lease.held) return;
      acts.last = now;
      await t.sleep(2);
    }
  };
  const ended = loop().catch(() => undefined);
  return {
    get last() {
      return acts.last;
    },
    get aborted() {
      return acts.aborted;
    },
    ended,
  };
}
