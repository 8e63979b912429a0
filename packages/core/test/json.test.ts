import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { deepFreeze, encodeJson } from '../src/json.ts';

suite('JSON as Patroni writes it', () => {
  // The right sides are what Python 3 printed for json.dumps(value, separators=(',', ':')).
  for (const [value, bytes] of [
    [{ tags: { k: 'é😀\x7f/' } }, '{"tags":{"k":"\\u00e9\\ud83d\\ude00\\u007f/"}}'],
    [{ tags: { k: '\x00\x1f\t\n\r\b\f"\\' } }, '{"tags":{"k":"\\u0000\\u001f\\t\\n\\r\\b\\f\\"\\\\"}}'],
    [{ tags: { k: '\u2028\u0080\uffff' } }, '{"tags":{"k":"\\u2028\\u0080\\uffff"}}'],
    [{ tags: { k: '\ud800' } }, '{"tags":{"k":"\\ud800"}}'],
    [{ é: [1, null, true, { b: 1, a: -2 }] }, '{"\\u00e9":[1,null,true,{"b":1,"a":-2}]}'],
  ] as const) {
    test(`case 6, 7: ${bytes}`, () => assert.equal(encodeJson(value), bytes));
  }

  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  for (const [title, value] of [
    ['undefined', undefined],
    ['a number that is not finite', { a: Number.NaN }],
    ['an undefined item', [undefined]],
    ['a function', { a: () => 1 }],
    ['a bigint', { a: 1n }],
    ['a Map', { a: new Map([[1, 2]]) }],
    ['a cycle', cycle],
  ] as const) {
    test(`${title} is refused`, () => assert.throws(() => encodeJson(value), TypeError));
  }

  test('an undefined field is left out', () => assert.equal(encodeJson({ a: undefined, b: 1 }), '{"b":1}'));

  test('freezing reaches every level, however deep', () => {
    const deep: unknown = JSON.parse(`${'['.repeat(200_000)}{}${']'.repeat(200_000)}`);
    let inner = deepFreeze(deep);
    while (Array.isArray(inner)) inner = inner[0];
    assert.ok(Object.isFrozen(inner));
  });
});
