import assert from 'node:assert/strict';
import { Dcs } from '@tenure/core';
import { type Definition, define } from '../case.ts';
import { at, calm, join, namespaceOf, put, stored, win } from './world.ts';

/** Where keys are, and that bad arguments are refused before anything is sent. */
export const layoutCases: readonly Definition[] = [
  define('dcs 1. slashes of a namespace are collapsed into the keys that are written', async (t) => {
    const { dcs, tap } = await join(t, 'n', { namespace: `//${namespaceOf(t)}//b/`, scope: 'c' });
    await win(dcs);
    await dcs.announce({});
    await dcs.config.write({ n: 1 });
    const { entries } = await tap.read(t.root);
    const keys = ['b/c/config', 'b/c/epoch', 'b/c/leader', 'b/c/members/n'].map((key) => t.key(key));
    assert.deepEqual([...entries.keys()].sort(), keys);
  }),

  define('dcs 2. an empty namespace leaves the scope at the top', async (t) => {
    const { dcs, tap } = await join(t, 'n', { namespace: '', scope: namespaceOf(t) });
    await win(dcs);
    assert.equal((await stored(tap, t.key('leader')))?.value, 'n');
  }),

  define('dcs 3. a group has keys of its own, and a reader without a group sees none of them', async (t) => {
    const [worker, plain] = [await join(t, 'n', { group: 1 }), await join(t, 'p')];
    assert.equal((await win(worker.dcs)).token, 1);
    assert.equal((await stored(plain.tap, at(t, '1/leader')))?.value, 'n');
    assert.equal((await stored(plain.tap, at(t, '1/epoch')))?.value, '1');
    const view = await plain.dcs.view();
    assert.deepEqual([view.leader, view.members], [undefined, []]);
    assert.equal((await win(plain.dcs)).token, 1);
    assert.equal((await worker.dcs.view()).leader?.name, 'n');
  }),

  define('dcs 4. a coordinator sees its own leader, and as workers the groups with proper numbers', async (t) => {
    const { dcs } = await join(t, 'n', { group: 0 });
    const raw = await t.connect();
    for (const group of ['0', '1', '01', 'x']) await put(raw, at(t, `${group}/leader`), `of-${group}`);
    const view = await dcs.view();
    assert.equal(view.leader?.name, 'of-0');
    assert.deepEqual([...view.workers.keys()], [1]);
    assert.equal(view.workers.get(1)?.leader?.name, 'of-1');
  }),

  define('a worker sees the coordinator', async (t) => {
    const [coordinator, worker] = [await join(t, 'c', { group: 0 }), await join(t, 'w', { group: 2 })];
    await win(coordinator.dcs);
    assert.equal((await worker.dcs.coordinator())?.leader?.name, 'c');
    assert.equal((await worker.dcs.view()).leader, undefined);
  }),

  define(
    'dcs 5. a coordinator that cannot be read is undefined and no error',
    async (t) => {
      const { dcs, client } = await join(t, 'w', { group: 2, timing: { ...calm(t), retryTimeout: 500 } });
      await using _ = await t.faults.cut(client);
      assert.equal(await dcs.coordinator(), undefined);
    },
    'cut',
  ),

  define('dcs 96. bad names, scopes and timing are refused at construction, naming the field', async (t) => {
    const store = await t.connect();
    const good = { store, scope: 's', name: 'a' };
    for (const name of ['', 'a/b', '..', 'a\n']) {
      assert.throws(() => new Dcs({ ...good, name }), { name: 'TypeError', message: /name/ });
    }
    for (const scope of ['', '/', 'a/b']) {
      assert.throws(() => new Dcs({ ...good, scope }), { name: 'TypeError', message: /scope/ });
    }
    assert.throws(() => new Dcs({ ...good, group: -1 }), { name: 'RangeError', message: /group/ });
    const { minTtl, maxTtl } = store.limits;
    for (const ttl of [minTtl - 1, maxTtl + 1, 0, Number.NaN]) {
      // 99. A ttl that the store does not grant.
      assert.throws(() => new Dcs({ ...good, timing: { ttl } }), { name: 'RangeError', message: /ttl/ });
    }
    // 100. No room for a round of the loop.
    const timing = { ttl: 30_000, loopWait: 10_000, retryTimeout: 11_000 };
    assert.throws(() => new Dcs({ ...good, timing }), { name: 'RangeError', message: /loopWait.*retryTimeout/ });
    const hasty = { ttl: 30_000, loopWait: 10_000, stopBudget: 25_000 };
    assert.throws(() => new Dcs({ ...good, timing: hasty }), { name: 'RangeError', message: /loopWait.*stopBudget/ });
  }),
];
