import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { adjustTiming } from '../src/adjust-timing.ts';
import { resolveTiming, type Timing } from '../src/timing.ts';
import { assertValidity, validity } from '../src/validity.ts';

const whole = (minTtl: number, maxTtl: number) => ({ limits: { minTtl, maxTtl }, guaranteed: (ttl: number) => ttl });
const store = whole(1000, 100_000);
const rest = { stopBudget: 0, drift: 0.001 };

suite('timing', () => {
  for (const [partial, timing] of [
    [{}, { ttl: 30_000, loopWait: 10_000, retryTimeout: 10_000 }],
    [{ ttl: 2000 }, { ttl: 2000, loopWait: 666, retryTimeout: 666 }],
    [{ retryTimeout: 12_000 }, { ttl: 30_000, loopWait: 6000, retryTimeout: 12_000 }],
    [{ loopWait: 20_000 }, { ttl: 30_000, loopWait: 20_000, retryTimeout: 5000 }],
    [{ loopWait: 1000 }, { ttl: 30_000, loopWait: 1000, retryTimeout: 10_000 }],
    [
      { ttl: 30_000, loopWait: 10_000, retryTimeout: 10_000 },
      { ttl: 30_000, loopWait: 10_000, retryTimeout: 10_000 },
    ],
  ] as const) {
    test(`${JSON.stringify(partial)} becomes ${JSON.stringify(timing)}`, () => {
      assert.deepEqual(resolveTiming(partial, store), { ...timing, ...rest });
    });
  }

  test('the default ttl moves into the limits of the store', () => {
    assert.equal(resolveTiming({}, whole(40_000, 90_000)).ttl, 40_000);
    assert.equal(resolveTiming({}, whole(1, 9000)).ttl, 9000);
  });

  for (const [partial, message] of [
    [{ ttl: 999 }, /^RangeError: ttl must be from 1000 to 100000 ms on this store, got 999$/],
    [{ ttl: 100_001 }, /^RangeError: ttl must be .*got 100001$/],
    [{ ttl: Number.NaN }, /^RangeError: ttl must be .*got NaN$/],
    [{ ttl: '30' as never }, /^TypeError: ttl must be a number .*got string$/],
    [{ loopWait: 0 }, /^RangeError: loopWait must be more than 0 ms, got 0$/],
    [{ loopWait: Number.POSITIVE_INFINITY }, /^RangeError: loopWait must be .*got Infinity$/],
    [{ retryTimeout: -1 }, /^RangeError: retryTimeout must be more than 0 ms, got -1$/],
    [{ stopBudget: -1 }, /^RangeError: stopBudget must be from 0 to less than ttl, 30000 ms, got -1$/],
    [{ stopBudget: 30_000 }, /^RangeError: stopBudget must be .*got 30000$/],
    [{ drift: 1 }, /^RangeError: drift must be from 0 to less than 1, got 1$/],
    [
      { ttl: 30_000, loopWait: 10_001, retryTimeout: 10_000 },
      /loopWait 10001 \+ 2·retryTimeout 10000 with ttl 30000 ms; would fit: retryTimeout ≤ 9999.5, or loopWait ≤ 10000, or ttl ≥ 30001$/,
    ],
    [
      { loopWait: 40_000 },
      /loopWait 40000 \+ 2·retryTimeout \(derived\) with ttl 30000 ms; would fit: loopWait ≤ 29998, or ttl ≥ 40002$/,
    ],
    [
      { retryTimeout: 15_000 },
      /retryTimeout 15000 with ttl 30000 ms; would fit: retryTimeout ≤ 14999.5, or ttl ≥ 30001$/,
    ],
  ] satisfies [Partial<Timing>, RegExp][]) {
    test(`${JSON.stringify(partial)} is refused: ${message.source}`, () => {
      assert.throws(
        () => resolveTiming(partial, store),
        (error) => message.test(String(error)),
      );
    });
  }

  // The values on the right follow from patroni/config.py, in seconds.
  for (const [[ttl, loopWait, retryTimeout], adjusted, warnings] of [
    [[30, 10, 10], [30, 10, 10], 0],
    [[20, 10, 10], [20, 1, 9], 1],
    [[30, 20, 10], [30, 10, 10], 1],
    [[21, 10, 10], [21, 1, 10], 1],
    [[21, 1, 10], [21, 1, 10], 0],
    [[22, 10, 10], [22, 2, 10], 1],
    [[30, 10, 15], [30, 1, 14], 1],
    [[31, 10, 40], [31, 1, 15], 1],
    [[10, 0.5, 1], [20, 1, 3], 3],
    [[5, 30, 30], [20, 1, 9], 2],
  ] as const) {
    test(`case 100: ttl ${ttl}, loop_wait ${loopWait}, retry_timeout ${retryTimeout} s become ${adjusted.join(', ')}`, () => {
      const result = adjustTiming({ ttl: ttl * 1000, loopWait: loopWait * 1000, retryTimeout: retryTimeout * 1000 });
      assert.deepEqual([result.ttl / 1000, result.loopWait / 1000, result.retryTimeout / 1000], adjusted);
      assert.equal(result.warnings.length, warnings);
    });
  }

  test('case 100: a warning names the values before and after', () => {
    const { warnings } = adjustTiming({ ttl: 20_000, loopWait: 10_000, retryTimeout: 10_000 });
    assert.match(
      warnings[0] ?? '',
      /ttl 20000 ms: loopWait 10000 ms is taken as 1000 ms, retryTimeout 10000 ms as 9000 ms$/,
    );
    assert.throws(() => adjustTiming({ ttl: Number.NaN, loopWait: 1, retryTimeout: 1 }), /^RangeError: ttl .*NaN$/);
  });

  test('whatever is adjusted keeps the rule', () => {
    for (let ttl = 1; ttl <= 60; ttl += 1) {
      for (let loopWait = 1; loopWait <= 60; loopWait += 7) {
        for (let retryTimeout = 1; retryTimeout <= 60; retryTimeout += 1) {
          const result = adjustTiming({
            ttl: ttl * 1000,
            loopWait: loopWait * 1000,
            retryTimeout: retryTimeout * 1000,
          });
          const { loopWait: wait, retryTimeout: retry } = result;
          assert.ok(wait >= 1000 && retry >= 3000 && wait + 2 * retry <= result.ttl, JSON.stringify(result));
        }
      }
    }
  });

  test('validity is what both clocks agree is left, less the time to stop', () => {
    assert.equal(validity(30_000, { drift: 0, stopBudget: 0 }), 30_000);
    assert.equal(validity(30_000, { drift: 0.5, stopBudget: 1000 }), 9000);
    const timing = resolveTiming({ drift: 0.001, stopBudget: 2000 }, store);
    assert.equal(assertValidity(30_000, timing), (30_000 * 0.999) / 1.001 - 2000);
  });

  test('a validity that does not outlast loopWait is refused with its arithmetic', () => {
    const timing = resolveTiming({ ttl: 20_000, loopWait: 10_000, retryTimeout: 5000, drift: 0 }, store);
    assert.throws(
      () => assertValidity(10_000, timing),
      /^RangeError: no room for a renewal: validity = guaranteed 10000·\(1−0\)\/\(1\+0\) − stopBudget 0 = 10000\.0 ms must be more than loopWait 10000 ms/,
    );
    assert.equal(assertValidity(10_001, timing), 10_001);
  });
});
