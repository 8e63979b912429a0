import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { PatroniDriver } from './driver.ts';
import type { Ground } from './ground.ts';
import { findPatroni, type PatroniVersion } from './patroni.ts';

/** A name is part of a key: what stores and their clients make of it differs. */
const NAMES = ['größe', '😀', 'a b', 'p%41q', 'a+b?c#d', 'pg1:5432'];
/** Where python-consul, which puts a name into a URL as it is, writes these. */
const ASTRAY: Readonly<Record<string, string>> = { 'p%41q': 'pAq', 'a+b?c#d': 'a+b' };

/** Members under names that are not plain, and groups of a Citus cluster: keys whose paths are not those of every other. */
export function pathsBothWays(ground: Ground, version: PatroniVersion): void {
  suite(`paths, ${ground.server}, Patroni ${version}`, () => {
    const held = new AsyncDisposableStack();
    let driver: PatroniDriver;
    before(async () => {
      driver = held.use(new PatroniDriver(await findPatroni(version)));
    });
    after(() => held.disposeAsync());

    for (const [index, name] of NAMES.entries()) {
      const theirName = (ground.server === 'consul' ? ASTRAY[name] : undefined) ?? name;
      // ZooKeeper itself refuses these in a path.
      const isRefused = ground.server === 'zookeeper' && name === '😀';
      test(`a member named ${JSON.stringify(name)}`, async () => {
        const scope = `named-${version}-${index}`;
        await using dcs = ground.dcs(scope, name);
        const writer = await driver.open(ground.config(scope, name));
        if (isRefused) {
          await assert.rejects(dcs.announce({ state: 'running' }), TypeError);
          assert.equal(await writer.call('touch_member', { state: 'running' }), false);
          return;
        }
        await dcs.announce({ state: 'running' });
        assert.ok(await dcs.acquire());
        const theirs = await driver.open(ground.config(scope, 'reader', { patronictl: true }));
        const view = await theirs.view();
        assert.deepEqual([view.leader?.name, view.members.map((member) => member.name)], [name, [name]]);
        await dcs.close();
        assert.ok(await writer.call('touch_member', { state: 'stopped' }));
        await using observer = ground.dcs(scope, 'observer');
        const seen = (await observer.view()).members.map((member) => [member.name, member.data.state]);
        assert.deepEqual(seen, [[theirName, 'stopped']]);
      });
    }

    for (const writer of ['Patroni', 'Tenure'] as const) {
      test(`groups of a Citus cluster that ${writer} wrote`, async () => {
        const scope = `citus-${version}-${writer.toLowerCase()}`;
        await using resources = new AsyncDisposableStack();
        for (const group of [0, 1, 12]) {
          const name = `pg${group}`;
          if (writer === 'Tenure') {
            const dcs = resources.use(ground.dcs(scope, name, { group }));
            await dcs.announce({ state: 'running' });
            assert.ok(await dcs.acquire());
          } else {
            const dcs = await driver.open(ground.config(scope, name, { citus: { group, database: 'citus' } }));
            assert.ok(await dcs.call('touch_member', { state: 'running' }));
            assert.ok(await dcs.call('acquire_leader_lock'));
          }
        }
        const coordinator = { citus: { group: 0, database: 'citus' }, patronictl: true };
        const theirs = await (await driver.open(ground.config(scope, 'reader', coordinator))).view();
        assert.equal(theirs.leader?.name, 'pg0');
        const workers = Object.entries(theirs.workers).map(([group, { leader }]) => [group, leader?.name]);
        assert.deepEqual(workers, [
          ['1', 'pg1'],
          ['12', 'pg12'],
        ]);
        await using observer = ground.dcs(scope, 'observer', { group: 0 });
        const ours = await observer.view();
        assert.equal(ours.leader?.name, 'pg0');
        assert.deepEqual(
          [...ours.workers].map(([group, { leader }]) => [String(group), leader?.name]),
          workers,
        );
        assert.deepEqual(ours.problems, []);
      });
    }
  });
}
