import assert from 'node:assert/strict';
import { DcsError } from '@tenure/core';
import { type Definition, define, waits } from '../case.ts';
import { calm, join, life, renewing, report, sturdy, win } from './world.ts';

/** A store that does not answer. */
export const outageCases: readonly Definition[] = [
  ...(['freeze', 'cut', 'refuse'] as const).map((fault) =>
    define(
      `dcs 80, 81. ${fault}: every operation fails within retryTimeout, as an unknown outcome or an outage`,
      async (t) => {
        const timing = { ttl: calm(t).ttl, retryTimeout: 800 };
        const { dcs, client } = await join(t, 'a', { timing });
        const lease = await win(dcs);
        const other = await join(t, 'b', { timing });
        await other.dcs.keepAlive();
        const heals = [client, other.client].map((store) => (t.faults[fault] as typeof t.faults.cut)(store));
        const started = t.now();
        const calls = {
          view: dcs.view(),
          renew: lease.renew({ status: { optime: 5 } }),
          acquire: other.dcs.acquire(),
          announce: dcs.announce({ state: 'running' }),
          keepAlive: dcs.keepAlive(),
          write: dcs.config.write({ n: 1 }),
          fenced: dcs.sync.write({ leader: 'a', quorum: 0, standbys: [] }, { fence: lease }),
          update: dcs.config.update(() => ({ n: 2 })),
          claim: dcs.initialize.claim(),
          clear: dcs.failover.clear(),
        };
        const results = await Promise.allSettled(Object.values(calls));
        for (const [index, name] of Object.keys(calls).entries()) {
          const result = results[index];
          const error = result?.status === 'rejected' ? result.reason : undefined;
          assert.ok(DcsError.is(error, 'UNAVAILABLE'), `${name}: ${String(error)}`);
        }
        assert.ok(t.now() - started < timing.retryTimeout + t.slack, `${t.now() - started} ms`);
        assert.ok(lease.held, 'an outage is no loss: validity is not over');
        for (const heal of heals) await (await heal)();
        await t.recovers(() => dcs.view(), 10_000);
        await t.recovers(() => lease.renew(), 10_000);
      },
      fault,
    ),
  ),

  define(
    'dcs 83. slow replies: renewals and writes that were applied are never told as refused',
    async (t) => {
      const { dcs, client } = await join(t, 'a', { timing: { ttl: calm(t).ttl, retryTimeout: 600 } });
      const lease = await win(dcs);
      const heal = await t.faults.delay(client, 240);
      let optime = 0;
      for (let round = 0; round < 12; round++) {
        optime += 1;
        await lease.renew({ status: { optime } }).catch((error: unknown) => {
          if (!DcsError.is(error, 'UNAVAILABLE')) throw error;
        });
        if (round === 5) await (await t.faults.delay(client, 360))();
      }
      await heal();
      await t.recovers(() => lease.renew({ status: { optime } }), 10_000);
      assert.deepEqual((await dcs.view()).status.value, { optime });
    },
    'delay',
  ),

  waits(
    'dcs 85. an outage shorter than the lease costs nothing: the lease goes on under its token',
    async (t) => {
      const { dcs, client } = await join(t, 'a', { timing: sturdy(t) });
      const rival = await join(t, 'b', { timing: sturdy(t) });
      const lease = await win(dcs);
      const stop = renewing(t, dcs, lease);
      const over = new AbortController();
      const waiting = rival.dcs.campaign({ signal: over.signal });
      waiting.catch(() => undefined);
      await t.sleep(life(t) / 4);
      const heal = await t.faults.refuse(client);
      await t.sleep(life(t) / 2);
      await heal();
      await t.sleep(dcs.timing.ttl);
      assert.ok(lease.held, 'needlessly demoted');
      await stop();
      over.abort(new Error('enough'));
      await assert.rejects(waiting, { message: 'enough' });
    },
    'refuse',
  ),

  define(
    'the server restarts: a renewed lease outlives it, or is lost and never held twice',
    async (t) => {
      const timing = { ttl: calm(t).ttl, loopWait: 300, retryTimeout: 5000 };
      const { dcs } = await join(t, 'a', { timing });
      const lease = await win(dcs);
      const stop = renewing(t, dcs, lease);
      const started = t.now();
      await t.faults.restart();
      await t.recovers(() => dcs.view(), 20_000);
      report('outage of a restart', t.now() - started);
      assert.ok(lease.held, `lost in ${t.now() - started} ms of a restart`);
      await t.recovers(() => lease.renew(), 10_000);
      await stop();
    },
    'restart',
  ),
];
