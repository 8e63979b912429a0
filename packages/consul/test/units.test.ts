import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Session, Store, Version, Write } from '@tenure/core';
import { consul } from '../src/index.ts';
import { fromWireKey, toWireKey, toWirePrefix } from '../src/keys.ts';
import { parseEndpoint } from '../src/options.ts';
import { ConsulSession } from '../src/session.ts';
import { MOST_COMMIT_OPS, toWireTxn } from '../src/txn.ts';

const limits = { minTtl: 1, maxTtl: 10, maxValueBytes: 10, maxCommitOps: 31 };

/** A session that is never used but for its id. */
const mine = new ConsulSession(undefined as never, limits, 'mine', 10);
const v7 = '7' as Version;

function opsOf(write: Write, version?: Version | null, alive?: ConsulSession): string[] {
  const guards = version === undefined ? [] : [{ key: write.key, version }];
  return toWireTxn({ guards, writes: [write] }, alive).ops.map(({ Verb }) => Verb);
}

suite('each kind of write under each kind of guard', () => {
  const put = { type: 'put', key: '/k', value: 'v' } as const;
  const bound = { ...put, session: mine };
  const remove = { type: 'delete', key: '/k' } as const;
  const table: readonly [name: string, write: Write, version: Version | null | undefined, ops: readonly string[]][] = [
    ['put', put, undefined, ['delete', 'set']],
    ['put, version', put, v7, ['check-index', 'delete', 'set']],
    ['put, absent', put, null, ['check-not-exists', 'set']],
    ['bound put', bound, undefined, ['delete', 'lock']],
    ['bound put, version', bound, v7, ['check-index', 'delete', 'lock']],
    ['bound put, absent', bound, null, ['check-not-exists', 'lock']],
    ['delete', remove, undefined, ['delete']],
    ['delete, version', remove, v7, ['check-index', 'delete']],
    ['delete, absent', remove, null, ['check-not-exists', 'delete']],
  ];
  for (const [name, write, version, ops] of table) {
    test(name, () => assert.deepEqual(opsOf(write, version), ops));
  }

  test('a renewal writes nothing for a dead session: the first written key is locked with it and freed again', () => {
    assert.deepEqual(opsOf(put, undefined, mine), ['delete', 'lock', 'delete', 'set']);
    assert.deepEqual(opsOf(put, null, mine), ['check-not-exists', 'lock', 'delete', 'set']);
    assert.deepEqual(opsOf(remove, undefined, mine), ['delete', 'lock', 'delete']);
    assert.deepEqual(opsOf(bound, undefined, mine), ['delete', 'lock']);
  });

  test('the most that a commit takes fits into one transaction of 64 operations', () => {
    const writes = Array.from({ length: MOST_COMMIT_OPS }, (_, n) => ({ ...put, key: `/k${n}` }));
    assert.ok(toWireTxn({ guards: [], writes }, mine).ops.length <= 64);
    const half = Math.ceil(MOST_COMMIT_OPS / 2);
    const guards = writes.slice(0, half).map(({ key }) => ({ key, version: v7 }));
    assert.ok(toWireTxn({ guards, writes: writes.slice(0, MOST_COMMIT_OPS - half) }, mine).ops.length <= 64);
  });

  test('a version or a session of another store is a TypeError', () => {
    assert.throws(() => opsOf(put, 'x:1' as Version), TypeError);
    assert.throws(() => opsOf({ ...put, session: { id: 'theirs' } as Session }), TypeError);
  });
});

suite('keys', () => {
  test('lose their leading slash and get it back', () => {
    for (const key of ['/service/batman/leader', '/a', '/a/', '/two words/Ä']) {
      assert.equal(fromWireKey(toWireKey(key)), key);
      assert.equal(toWireKey(key)[0], key[1]);
    }
  });

  test('that Consul would redirect to another are TypeErrors', () => {
    for (const key of ['a', '/', '//a', '/a//b', '/a/./b', '/a/../b', '/..', '/a/.']) {
      assert.throws(() => toWireKey(key), TypeError, key);
    }
    for (const key of ['/.a', '/a/..b', '/a/...']) assert.equal(toWireKey(key), key.slice(1));
  });

  test('a prefix may be everything', () => {
    assert.deepEqual([toWirePrefix(''), toWirePrefix('/'), toWirePrefix('/a/')], ['', '', 'a/']);
  });
});

suite('options', () => {
  const endpoints = ['127.0.0.1:8500'];

  test('an endpoint is host and port, with or without a scheme', () => {
    assert.equal(parseEndpoint('h:8500', false, 'f').url, 'http://h:8500');
    assert.equal(parseEndpoint('h:8501', true, 'f').url, 'https://h:8501');
    assert.equal(parseEndpoint('https://[::1]:8501/', false, 'f').host, '[::1]');
  });

  test('what cannot be meant is refused at once, naming the field', () => {
    const refused: readonly [field: RegExp, options: object][] = [
      [/endpoints/, {}],
      [/endpoints/, { endpoints: [] }],
      [/endpoints\[1\]/, { endpoints: ['h:1', 'h'] }],
      [/endpoints\[0\].*port/, { endpoints: ['h:70000'] }],
      [/endpoints\[0\].*http/, { endpoints: ['http://h:1'], tls: {} }],
      [/host/, { endpoints, host: 'h' }],
      [/token/, { endpoints, token: '' }],
      [/tokenFile/, { endpoints, token: 't', tokenFile: '/f' }],
      [/tokenFile/, { endpoints, tokenFile: '/nowhere/at/all' }],
      [/dc/, { endpoints, dc: '' }],
      [/checks/, { endpoints, checks: 'serfHealth' }],
      [/sessionTtlMin/, { endpoints, sessionTtlMin: 0 }],
      [/tls\.cert/, { endpoints, tls: { cert: 'x' } }],
      [/tls\.ca/, { endpoints, tls: { ca: '/nowhere/at/all' } }],
    ];
    for (const [field, options] of refused) {
      assert.throws(
        () => consul(options as never),
        (error: Error) => {
          assert.match(error.message, field);
          return error instanceof TypeError || error instanceof RangeError;
        },
      );
    }
  });

  test('a token is never shown', () => {
    assert.throws(
      () => consul({ endpoints, token: 'secret\n' }),
      (error: Error) => !error.message.includes('secret'),
    );
  });

  test('case 99: the shortest ttl is twice the session TTL of the servers', async () => {
    const usual: Store = consul({ endpoints });
    assert.equal(usual.limits.minTtl, 20_000);
    await assert.rejects(usual.openSession(19_999), RangeError);
    assert.equal(consul({ endpoints, sessionTtlMin: 1000 }).limits.minTtl, 2000);
  });
});
