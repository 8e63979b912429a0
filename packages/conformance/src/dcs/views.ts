import assert from 'node:assert/strict';
import { type Definition, define } from '../case.ts';
import { at, join, put, win } from './world.ts';

/** What a view shows of whatever is stored. */
export const viewCases: readonly Definition[] = [
  define('a view of an empty scope is empty and unlocked', async (t) => {
    const { dcs } = await join(t, 'a');
    const before = dcs.store.clock.now();
    const view = await dcs.view();
    assert.deepEqual([view.leader, view.members, view.problems], [undefined, [], []]);
    assert.equal(view.config.version, null);
    assert.equal(view.epoch.value, 0);
    assert.ok(view.isUnlocked && !view.stale);
    assert.ok(view.asOf >= before && view.age() >= 0);
    assert.equal(dcs.latest, view);
  }),

  define('a view shows what every other client has committed before it was asked for', async (t) => {
    const [a, b] = [await join(t, 'a'), await join(t, 'b')];
    await win(a.dcs);
    for (let n = 0; n < 20; n++) {
      await a.dcs.config.write({ n });
      const view = await b.dcs.view();
      assert.deepEqual(view.config.value, { n });
      assert.equal(view.leader?.token, 1);
    }
  }),

  define('dcs 97. garbage in every key is a problem of that key and hides no other', async (t) => {
    const { dcs } = await join(t, 'a');
    const raw = await t.connect();
    const keys = ['config', 'sync', 'failover', 'history', 'status', 'failsafe', 'epoch', 'members/x'];
    for (const key of keys) await put(raw, at(t, key), '{"');
    await dcs.announce({ state: 'running' });
    const view = await dcs.view();
    for (const key of keys)
      assert.ok(
        view.problems.some((problem) => problem.key === at(t, key)),
        key,
      );
    assert.deepEqual(view.members.find(({ name }) => name === 'a')?.data, { state: 'running' });
    assert.equal(view.epoch.value, 0);
  }),

  define(
    'dcs 97. bytes that are not UTF-8 are a problem of their key and hide no other',
    async (t) => {
      const { dcs } = await join(t, 'a');
      const bytes = Uint8Array.of(0xff, 0xfe, 0x7b, 0x80);
      const keys = ['leader', 'config', 'sync', 'failover', 'history', 'status', 'failsafe', 'initialize', 'epoch'];
      for (const key of [...keys, 'members/x', 'optime/leader']) await t.admin.putRaw(at(t, key), bytes);
      await dcs.announce({ state: 'running' });
      const view = await dcs.view();
      for (const key of [...keys, 'members/x']) {
        assert.ok(
          view.problems.some((problem) => problem.key === at(t, key)),
          key,
        );
      }
      assert.deepEqual(view.members.find(({ name }) => name === 'a')?.data, { state: 'running' });
      assert.equal(view.config.value, undefined);
      assert.equal(await dcs.acquire(), undefined);
      assert.notEqual((await dcs.config.read()).problem, undefined);
    },
    'admin',
  ),

  define('keys of another application in the scope are listed', async (t) => {
    const { dcs } = await join(t, 'a');
    await put(dcs.store, at(t, 'lock/7'), 'x');
    const { problems } = await dcs.view();
    assert.deepEqual(
      problems.map(({ key }) => key),
      [at(t, 'lock/7')],
    );
  }),

  define('a view is immutable', async (t) => {
    const { dcs } = await join(t, 'a');
    await dcs.announce({ tags: { zone: 1 } });
    await dcs.config.write({ nested: { list: [1] } });
    const view = await dcs.view();
    assert.ok(Object.isFrozen(view) && Object.isFrozen(view.members) && Object.isFrozen(view.members[0]?.data.tags));
    assert.ok(Object.isFrozen(view.config.value?.nested));
  }),
];
