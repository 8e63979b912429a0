import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { assertName, assertScope, Layout } from '../src/layout.ts';

suite('layout', () => {
  for (const [title, options, leader] of [
    ['case 1: runs of slashes collapse', { namespace: '/a//b/', scope: 'c' }, '/a/b/c/leader'],
    ['case 2: an empty namespace leaves the scope', { namespace: '', scope: 'scope' }, '/scope/leader'],
    ['the namespace is service unless given', { scope: 'batman' }, '/service/batman/leader'],
    ['case 3: a group is a part of the path', { scope: 'batman', group: 1 }, '/service/batman/1/leader'],
    ['group 0 is a group', { scope: 'batman', group: 0 }, '/service/batman/0/leader'],
  ] as const) {
    test(title, () => assert.equal(new Layout(options).key('leader'), leader));
  }

  test('prefixes end with a slash, and a coordinator reads the whole scope', () => {
    const prefixes = ({ base, prefix, scopePrefix, viewPrefix }: Layout) => ({ base, prefix, scopePrefix, viewPrefix });
    assert.deepEqual(prefixes(new Layout({ scope: 'b' })), {
      base: '/service/b',
      prefix: '/service/b/',
      scopePrefix: '/service/b/',
      viewPrefix: '/service/b/',
    });
    assert.deepEqual(prefixes(new Layout({ scope: 'b', group: 2 })), {
      base: '/service/b/2',
      prefix: '/service/b/2/',
      scopePrefix: '/service/b/',
      viewPrefix: '/service/b/2/',
    });
    assert.equal(new Layout({ scope: 'b', group: 0 }).viewPrefix, '/service/b/');
  });

  for (const [path, parsed] of [
    ['leader', { type: 'key', name: 'leader' }],
    ['optime/leader', { type: 'key', name: 'optime/leader' }],
    ['epoch', { type: 'key', name: 'epoch' }],
    ['members/a', { type: 'member', name: 'a' }],
    ['members/é 1', { type: 'member', name: 'é 1' }],
    ['0/leader', { type: 'key', name: 'leader', group: 0 }],
    ['12/members/a', { type: 'member', name: 'a', group: 12 }],
    ['01/leader', undefined],
    ['x/leader', undefined],
    ['99999999999999999999/leader', undefined],
    ['1/1/leader', undefined],
    ['1', undefined],
    ['', undefined],
    ['optime', undefined],
    ['leader/', undefined],
    ['Leader', undefined],
  ] as const) {
    test(`case 4: ${JSON.stringify(path)} is ${JSON.stringify(parsed)}`, () => {
      assert.deepEqual(new Layout({ scope: 'b' }).parse(`/service/b/${path}`), parsed);
    });
  }

  for (const path of ['members/x/y', 'members', 'members/']) {
    test(`case 44: ${path} is no member`, () => {
      assert.equal(new Layout({ scope: 'b' }).parse(`/service/b/${path}`), undefined);
    });
  }

  test('a key of another scope is none of ours, even when the scope begins like ours', () => {
    const layout = new Layout({ scope: 'b' });
    assert.equal(layout.parse('/service/bb/leader'), undefined);
    assert.equal(layout.parse('/service/b'), undefined);
  });

  test('every key that is made is parsed back', () => {
    const layout = new Layout({ namespace: 'n.*/m', scope: 's+', group: 3 });
    assert.deepEqual(layout.parse(layout.member('a b')), { type: 'member', name: 'a b', group: 3 });
    assert.deepEqual(layout.parse(layout.key('failsafe')), { type: 'key', name: 'failsafe', group: 3 });
    assert.equal(layout.ofGroup(4).key('sync'), '/n.*/m/s+/4/sync');
  });

  for (const bad of ['', 'a/b', '/', 'a\n', '\u0000', '\u007f', '\u0085', '.', '..', '\ud800']) {
    test(`case 96: ${JSON.stringify(bad)} is refused as a name and as a scope`, () => {
      const refusal = (field: string) => (error: unknown) =>
        error instanceof TypeError &&
        error.message.startsWith(`${field} must`) &&
        error.message.includes(JSON.stringify(bad));
      assert.throws(() => assertName(bad), refusal('name'));
      assert.throws(() => assertScope(bad), refusal('scope'));
      assert.throws(() => new Layout({ scope: bad }), refusal('scope'));
      assert.throws(() => new Layout({ scope: 'b' }).member(bad), refusal('name'));
    });
  }

  test('case 96: a namespace may hold slashes, but no control characters', () => {
    assert.throws(() => new Layout({ namespace: 'a\u0001', scope: 'b' }), /^TypeError: namespace must .*"a\\u0001"/);
  });

  for (const group of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
    test(`group ${group} is refused`, () => {
      assert.throws(() => new Layout({ scope: 'b', group }), new RegExp(`^RangeError: group must .* got ${group}$`));
    });
  }
});
