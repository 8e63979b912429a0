import assert from 'node:assert/strict';
import type { SyncState } from '@tenure/core';
import { servers } from '../clients/connect.ts';
import type { Hazard, Yard } from './hazard.ts';

const rivals: SyncState = { leader: 'rival', quorum: 0, standbys: ['pg3'] };

async function versionOf(yard: Yard, key: string): Promise<unknown> {
  const path = yard.key(key);
  return (await yard.store.read(path)).entries.get(path)?.version;
}

export const writeHazards: readonly Hazard[] = [
  {
    id: 'H1',
    title: 'a stale write under the first version is accepted',
    stores: ['zookeeper'],
    async theirs(yard) {
      const patroni = await yard.patroni('pg1');
      const rival = yard.tenure('rival');
      for (const document of [rival.config, rival.failover, rival.sync]) {
        await document.clear();
        await document.clear();
      }
      assert.ok(await patroni.call('set_config_value', { stale: true }, 0));
      assert.ok(await patroni.call('manual_failover', 'stale', null, null, 0));
      assert.ok(await patroni.call('write_sync_state', 'stale', [], 0, 0));
      for (const key of ['config', 'failover', 'sync']) assert.match((await yard.stored(key)) ?? '', /stale/);
    },
    async ours(yard) {
      const [dcs, rival] = [yard.tenure('pg1'), yard.tenure('rival')];
      for (const document of ['config', 'failover', 'sync'] as const) {
        await rival[document].clear();
        const { version } = await dcs[document].read();
        await rival[document].clear();
        assert.equal(await dcs[document].clear({ version }), false);
      }
    },
  },
  {
    id: 'H8',
    title: 'sync: what was not there yet when it was read is overwritten',
    stores: servers,
    async theirs(yard) {
      const patroni = await yard.patroni('pg1');
      assert.deepEqual((await patroni.view()).sync, { leader: null, quorum: 0, voters: [], empty: true });
      await yard.tenure('rival').sync.write(rivals);
      // The version of an absent key, as `SyncState` has it.
      assert.ok(await patroni.call('write_sync_state', 'pg1', ['pg2'], 0, null));
      assert.match((await yard.stored('sync')) ?? '', /"leader":"pg1"/);
    },
    async ours(yard) {
      const dcs = yard.tenure('pg1');
      const { version } = await dcs.sync.read();
      await yard.tenure('rival').sync.write(rivals);
      assert.equal(await dcs.sync.write({ ...rivals, leader: 'pg1' }, { version }), undefined);
      assert.match((await yard.stored('sync')) ?? '', /"leader":"rival"/);
    },
  },
  {
    id: 'H8',
    title: 'failover: what was not there yet when it was read is overwritten',
    stores: servers,
    async theirs(yard) {
      const patroni = await yard.patroni('pg1');
      assert.equal((await patroni.view()).failover, null);
      await yard.tenure('rival').failover.write({ candidate: 'pg3' });
      assert.ok(await patroni.call('manual_failover', null, 'pg2', null, null));
      assert.equal(await yard.stored('failover'), '{"member":"pg2"}');
    },
    async ours(yard) {
      const dcs = yard.tenure('pg1');
      const { version } = await dcs.failover.read();
      await yard.tenure('rival').failover.write({ candidate: 'pg3' });
      assert.equal(await dcs.failover.write({ candidate: 'pg2' }, { version }), undefined);
      assert.equal(await yard.stored('failover'), '{"member":"pg3"}');
    },
  },
  {
    id: 'H9',
    title: 'whoever wins erases a request that it has not seen',
    stores: servers,
    async theirs(yard) {
      const patroni = await yard.patroni('pg1');
      const operator = yard.tenure('operator');
      await operator.failover.write({ candidate: 'pg1' });
      await patroni.view();
      await operator.failover.write({ candidate: 'pg2' });
      // As the loop does it (ha.py, `process_unhealthy_cluster`): without a version.
      assert.ok(await patroni.call('manual_failover', '', ''));
      assert.equal(await yard.stored('failover'), '{}');
    },
    async ours(yard) {
      const [dcs, operator] = [yard.tenure('pg1'), yard.tenure('operator')];
      await operator.failover.write({ candidate: 'pg1' });
      const { version } = (await dcs.view()).failover;
      await operator.failover.write({ candidate: 'pg2' });
      assert.equal(await dcs.failover.clear({ version }), false);
      assert.equal(await yard.stored('failover'), '{"member":"pg2"}');
    },
  },
  {
    id: 'H10',
    title: 'with nothing to retain, the same status is written again in every loop',
    // Consul does not count a write of what is there already.
    stores: ['etcd', 'zookeeper'],
    async theirs(yard) {
      const patroni = await yard.patroni('pg1');
      assert.ok(await patroni.call('attempt_to_acquire_leader'));
      const versions = new Set<unknown>();
      for (let loop = 0; loop < 3; loop += 1) {
        await patroni.view();
        assert.ok(await patroni.call('renew_seen', 5));
        assert.equal(await yard.stored('status'), '{"optime":5}');
        versions.add(await versionOf(yard, 'status'));
      }
      assert.equal(versions.size, 3);
    },
    async ours(yard) {
      const dcs = yard.tenure('pg1');
      const lease = await dcs.acquire();
      const versions = new Set<unknown>();
      for (let loop = 0; loop < 3; loop += 1) {
        await dcs.view();
        await lease?.renew({ status: { optime: 5, ...(loop === 1 && { retainSlots: [] }) } });
        assert.equal(await yard.stored('status'), '{"optime":5}');
        versions.add(await versionOf(yard, 'status'));
      }
      assert.equal(versions.size, 1);
    },
  },
  {
    id: 'H11',
    title: 'a time that is none stops every reader',
    stores: servers,
    async theirs(yard) {
      await yard.put('failover', '{"leader":"pg1","scheduled_at":"soon"}');
      const patroni = await yard.patroni('pg1');
      await assert.rejects(patroni.view(), /not responding properly/);
    },
    async ours(yard) {
      const dcs = yard.tenure('pg1');
      await yard.put('failover', '{"leader":"pg1","scheduled_at":"soon"}');
      assert.deepEqual(
        (await dcs.view()).problems.map(({ key }) => key),
        [yard.key('failover')],
      );
      await assert.rejects(dcs.failover.write({ leader: 'pg1', scheduledAt: new Date(Number.NaN) }), TypeError);
      assert.ok(await dcs.acquire());
    },
  },
  {
    id: 'H11',
    title: 'bytes that are not UTF-8 stop every reader',
    stores: servers,
    async theirs(yard) {
      const patroni = await yard.patroni('pg1');
      await patroni.call('put_bytes', 'history', '/w==');
      await assert.rejects(patroni.view(), /not responding properly/);
    },
    async ours(yard) {
      await (await yard.patroni('pg2')).call('put_bytes', 'history', '/w==');
      const dcs = yard.tenure('pg1');
      assert.deepEqual(
        (await dcs.view()).problems.map(({ key }) => key),
        [yard.key('history')],
      );
      assert.ok(await dcs.acquire());
    },
  },
];
