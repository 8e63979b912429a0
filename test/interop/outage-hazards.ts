import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { FaultProxy } from '@tenure/conformance';
import { DcsError } from '@tenure/core';
import { servers } from '../clients/connect.ts';
import type { Ground } from './ground.ts';
import type { Hazard, Yard } from './hazard.ts';

/** Milliseconds for what takes one request, on a busy machine. */
const PATIENCE = 20_000;
/** Seconds that a watch is watched for. */
const LOOK = 3;
/** More attempts than one that pauses for 100, 200, 400 … milliseconds makes in that time, however idle the machine is; far fewer than without pauses. */
const PAUSING = 15;

/** The same server behind a proxy. */
async function proxied(yard: Yard): Promise<{ readonly proxy: FaultProxy; readonly ground: Ground }> {
  const [host = '', port] = yard.ground.endpoint.split(':');
  const proxy = yard.use(await FaultProxy.open({ host, port: Number(port) }));
  return { proxy, ground: yard.ground.by(`${proxy.address.host}:${proxy.address.port}`) };
}

async function until(is: () => Promise<boolean>): Promise<void> {
  for (const end = performance.now() + PATIENCE; !(await is()); await sleep(20)) {
    assert.ok(performance.now() < end, `not within ${PATIENCE} ms`);
  }
}

export const outageHazards: readonly Hazard[] = [
  {
    id: 'H7',
    title: 'a reply that is lost: what was applied is called refused',
    stores: ['etcd', 'consul'],
    async theirs(yard) {
      const { proxy, ground } = await proxied(yard);
      const patroni = await yard.patroni('pg1', ground);
      const heal = proxy.mute();
      const claimed = patroni.call('initialize', true, '');
      await until(async () => (await yard.stored('initialize')) === '');
      await heal();
      assert.equal(await claimed, false, 'who may bootstrap if not who wrote this');
      assert.equal(await yard.stored('initialize'), '');
    },
    async ours(yard) {
      const { proxy, ground } = await proxied(yard);
      const dcs = yard.tenure('pg1', ground);
      await dcs.view();
      const heal = proxy.mute();
      const claimed = assert.rejects(
        dcs.initialize.claim(),
        (error: unknown) => DcsError.is(error, 'UNAVAILABLE') && error.maybeApplied,
      );
      await until(async () => (await yard.stored('initialize')) === '');
      await heal();
      await claimed;
    },
  },
  {
    id: 'H14',
    title: 'the cluster is read from memory while the store does not answer',
    stores: ['etcd'],
    async theirs(yard) {
      const { proxy, ground } = await proxied(yard);
      const patroni = await yard.patroni('pg1', ground);
      await patroni.view();
      proxy.mute();
      await yard.put('leader', 'rival', await yard.session());
      assert.equal((await patroni.view()).leader, null, 'it has heard of the rival');
    },
    async ours(yard) {
      const { proxy, ground } = await proxied(yard);
      const dcs = yard.tenure('pg1', ground);
      const before = await dcs.view();
      proxy.mute();
      await assert.rejects(dcs.view(), (error: unknown) => DcsError.is(error, 'UNAVAILABLE'));
      assert.ok(before.age() > 0);
      assert.equal(dcs.latest, before, 'what is known is there, with its age');
    },
  },
  {
    id: 'H16',
    title: 'a request in the failover key does not wake the leader',
    stores: servers,
    async theirs(yard) {
      const patroni = await yard.patroni('pg1');
      const operator = yard.tenure('operator');
      await operator.config.write({ ttl: 30 });
      assert.ok(await patroni.call('attempt_to_acquire_leader'));
      await patroni.view();
      // What is left of its own writes.
      await until(async () => !(await patroni.call('watch', null, 0.3)));
      await patroni.view();
      const watched = patroni.call('watch', null, LOOK);
      await operator.failover.write({ leader: 'pg1', candidate: 'pg2' });
      assert.equal(await watched, false, 'it woke');
    },
    async ours(yard) {
      const [dcs, operator] = [yard.tenure('pg1'), yard.tenure('operator')];
      assert.ok(await dcs.acquire());
      for await (const { failover } of dcs.watch({ signal: AbortSignal.timeout(LOOK * 1000) })) {
        if (failover.value?.candidate === 'pg2') return;
        await operator.failover.write({ leader: 'pg1', candidate: 'pg2' });
      }
    },
  },
  {
    id: 'H17',
    title: 'a watch that fails is begun again without a pause',
    stores: ['consul'],
    async theirs(yard) {
      const { proxy, ground } = await proxied(yard);
      await yard.put('leader', 'rival', await yard.session());
      const patroni = await yard.patroni('pg1', ground);
      await patroni.view();
      // The first one after the start returns at once.
      await patroni.call('watch_seen', 1);
      proxy.refuse();
      const before = proxy.refused;
      await patroni.call('watch_seen', LOOK);
      assert.ok(proxy.refused - before > PAUSING, `${proxy.refused - before} attempts`);
    },
    async ours(yard) {
      const { proxy, ground } = await proxied(yard);
      const dcs = yard.tenure('pg1', ground);
      const stop = AbortSignal.timeout(LOOK * 1000);
      const watched = (async () => {
        for await (const _ of dcs.watch({ signal: stop })) proxy.refuse();
      })();
      await assert.rejects(watched, (error: unknown) => error === stop.reason);
      assert.ok(proxy.refused > 0 && proxy.refused < PAUSING, `${proxy.refused} attempts`);
    },
  },
];
