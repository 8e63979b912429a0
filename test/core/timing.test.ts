import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { consul } from '@tenure/consul';
import { Dcs, resolveTiming, SharedSession, type Store, shortage, type Timing, validity } from '@tenure/core';
import { memory } from '@tenure/embedded';
import { etcd } from '@tenure/etcd';
import { zookeeper } from '@tenure/zookeeper';

/** What each store says that a ttl of 30 s and its shortest one guarantee. None of them asks a server. */
const stores: readonly (readonly [store: Store, of30: number, shortest: number, ofShortest: number])[] = [
  [memory(), 30_000, 100, 100],
  [etcd({ endpoints: ['h:1'] }), 30_000, 1000, 1000],
  [consul({ endpoints: ['h:1'] }), 15_000, 20_000, 10_000],
  [zookeeper({ hosts: ['h'] }), 15_500, 10_000, 6667 - 6667 / 8 - 2000],
];

for (const [store, of30, shortest, ofShortest] of stores) {
  const { minTtl, maxTtl } = store.limits;
  const left = (timing: Timing) => validity(store.guaranteed(timing.ttl), timing);
  const refused = (partial: Partial<Timing>) => {
    const short = shortage(partial, store);
    assert.ok(short !== undefined, `${JSON.stringify(partial)} fits`);
    assert.throws(() => resolveTiming(partial, store), /^RangeError: no room for a renewal: .*(would fit: |raise ttl)/);
    return short.fits;
  };

  suite(`timing: ${store.name}`, () => {
    test('what is guaranteed of a ttl', () => {
      assert.deepEqual([store.guaranteed(30_000), store.guaranteed(shortest)], [of30, ofShortest]);
      assert.equal(minTtl, shortest);
    });

    test('two renewals fit into the timing that is derived from any ttl, and Patroni’s rule holds', () => {
      for (let ttl = minTtl; ttl <= Math.min(maxTtl, 200_000); ttl = Math.ceil(ttl * 1.07)) {
        for (const part of [0, 0.2, 0.9]) {
          const stopBudget = part * store.guaranteed(ttl);
          const timing = resolveTiming({ ttl, stopBudget }, store);
          const { loopWait, retryTimeout } = timing;
          assert.ok(left(timing) >= 2 * loopWait, `ttl ${ttl}: ${left(timing)} ms for a loop of ${loopWait}`);
          assert.ok(loopWait + 2 * retryTimeout <= ttl && loopWait > 0 && retryTimeout > 0);
          assert.ok(loopWait >= Math.floor(Math.min(ttl / 3, left(timing) / 2)), `ttl ${ttl}: needlessly short`);
        }
      }
    });

    test('a third of ttl stays a third where it leaves room', () => {
      assert.equal(resolveTiming({ ttl: 30_000 }, store).loopWait, Math.min(10_000, Math.floor(left(at(30_000)) / 2)));
      assert.equal(resolveTiming({ ttl: 30_000, retryTimeout: 13_000 }, store).loopWait, 4000);
    });

    test('what is refused is told what would fit, each field alone, and no less would', () => {
      const given = { ttl: minTtl, loopWait: minTtl / 5, retryTimeout: 10, stopBudget: store.guaranteed(minTtl) * 0.9 };
      const { maxLoopWait, maxStopBudget, minTtl: longer } = refused(given);
      assert.ok(maxLoopWait !== undefined && maxStopBudget !== undefined && longer !== undefined);
      for (const [field, fits, over] of [
        ['loopWait', maxLoopWait, maxLoopWait + 1],
        ['stopBudget', maxStopBudget, maxStopBudget + 1],
        ['ttl', longer, longer - 1],
      ] as const) {
        assert.ok(left(resolveTiming({ ...given, [field]: fits }, store)) > (field === 'loopWait' ? fits : minTtl / 5));
        refused({ ...given, [field]: over });
      }
    });

    test('with a derived loop, what would fit leaves a loop of a tenth of ttl', () => {
      const stopBudget = 0.9995 * ofShortest;
      const { maxLoopWait, maxStopBudget, minTtl: longer } = refused({ ttl: minTtl, stopBudget });
      assert.ok(maxLoopWait === undefined && maxStopBudget !== undefined && longer !== undefined);
      for (const timing of [
        { ttl: minTtl, stopBudget: maxStopBudget },
        { ttl: longer, stopBudget },
      ]) {
        const { loopWait } = resolveTiming(timing, store);
        assert.ok(
          loopWait >= Math.floor(timing.ttl / 10) && loopWait <= timing.ttl / 8,
          `${loopWait} of ${timing.ttl}`,
        );
      }
    });

    test('the constructor and retime refuse at once what the guarantee leaves no room for', async () => {
      const parts = { store, scope: 's', name: 'a' };
      const stopBudget = 0.9995 * of30;
      assert.throws(() => new Dcs({ ...parts, timing: { stopBudget } }), /^RangeError: no room for a renewal: /);
      const dcs = new Dcs(parts);
      const before = dcs.timing;
      await assert.rejects(dcs.retime({ stopBudget }), /^RangeError: no room for a renewal: /);
      await assert.rejects(dcs.retime({ ttl: minTtl, stopBudget: 0.9995 * ofShortest }), /^RangeError: no room/);
      assert.equal(dcs.timing, before);
      await dcs.retime({ ttl: minTtl });
      assert.equal(dcs.timing.ttl, minTtl);
    });

    test('a shared session has one ttl: it is the default, and no other is taken', () => {
      const parts = { store, scope: 's', name: 'a', session: new SharedSession(store, 25_000) };
      assert.equal(new Dcs(parts).timing.ttl, 25_000);
      assert.throws(
        () => new Dcs({ ...parts, timing: { ttl: 30_000 } }),
        /^RangeError: ttl must be that of the shared session, 25000 ms, got 30000$/,
      );
    });
  });

  function at(ttl: number): Timing {
    return resolveTiming({ ttl }, store);
  }
}
