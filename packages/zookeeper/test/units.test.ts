import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { DcsError, type Session, type Txn, type Version } from '@tenure/core';
import { type ZooKeeperOptions, zookeeper } from '@tenure/zookeeper';
import { isKey, toEntry, toVersion } from '../src/entry.ts';
import { ancestorsOf, parentOf } from '../src/keys.ts';
import { parseHost } from '../src/options.ts';
import { changesOf, holds, Plan, type Seen } from '../src/plan.ts';
import type { ZkNode, ZkStat } from '../src/rpc.ts';

const session = { id: '7' } as Session;

function stat(given: Partial<ZkStat> = {}): ZkStat {
  return { czxid: 1n, mzxid: 1n, pzxid: 1n, version: 0, owner: undefined, children: 0, ...given };
}

function node(data: string | undefined, given: Partial<ZkStat> = {}): ZkNode {
  return { data: data === undefined ? undefined : Buffer.from(data), stat: stat(given) };
}

function seen(nodes: Record<string, ZkNode>, above: Record<string, ZkStat> = {}): Seen {
  return { nodes: new Map(Object.entries(nodes)), above: new Map(Object.entries(above)) };
}

/** A plan in short: `create /a/k e`, `set /a/k 3` … */
function planned(txn: Partial<Txn>, state: Seen): string[] {
  return new Plan({ guards: [], writes: [], ...txn }, state).ops.map((op) =>
    op.type === 'create'
      ? `create ${op.path}${op.ephemeral ? ' ephemeral' : ''}${op.data === undefined ? ' directory' : ''}`
      : `${op.type} ${op.path} ${op.version}${op.type === 'set' && op.data === undefined ? ' directory' : ''}`,
  );
}

const put = (key: string, value = 'x', bound?: Session) =>
  ({ type: 'put', key, value, ...(bound && { session: bound }) }) as const;
const remove = (key: string) => ({ type: 'delete', key }) as const;
const root = { '/a': stat() };

suite('plan', () => {
  const cases: readonly [what: string, txn: Partial<Txn>, state: Seen, ops: string[]][] = [
    ['nothing at all', {}, seen({}), ['check / -1']],
    ['a new key', { writes: [put('/a/k')] }, seen({}, root), ['create /a/k']],
    ['a new key of a session', { writes: [put('/a/k', 'x', session)] }, seen({}, root), ['create /a/k ephemeral']],
    ['a new key with an empty value', { writes: [put('/a/k', '')] }, seen({}, root), ['create /a/k', 'set /a/k 0']],
    [
      'missing directories',
      { writes: [put('/a/b/k'), put('/a/b/l')] },
      seen({}),
      ['create /a directory', 'create /a/b directory', 'create /a/b/k', 'create /a/b/l'],
    ],
    [
      'a key and one below it',
      { writes: [put('/a/k/l'), put('/a/k')] },
      seen({}, root),
      ['create /a/k', 'create /a/k/l'],
    ],
    ['a permanent key again', { writes: [put('/a/k')] }, seen({ '/a/k': node('y', { version: 3 }) }), ['set /a/k 3']],
    [
      'a directory becomes a key',
      { writes: [put('/a/k')] },
      seen({ '/a/k': node(undefined, { version: 2, children: 1 }) }),
      ['set /a/k 2'],
    ],
    [
      'an own bound key again',
      { writes: [put('/a/k', 'x', session)] },
      seen({ '/a/k': node('y', { version: 4, owner: '7' }) }),
      ['set /a/k 4'],
    ],
    [
      'a key of another session',
      { writes: [put('/a/k', 'x', session)] },
      seen({ '/a/k': node('y', { version: 4, owner: '8' }) }),
      ['delete /a/k 4', 'create /a/k ephemeral'],
    ],
    [
      'a permanent key becomes bound',
      { writes: [put('/a/k', 'x', session)] },
      seen({ '/a/k': node('y') }),
      ['delete /a/k 0', 'create /a/k ephemeral'],
    ],
    [
      'a bound key becomes permanent',
      { writes: [put('/a/k')] },
      seen({ '/a/k': node('y', { owner: '7' }) }),
      ['delete /a/k 0', 'create /a/k'],
    ],
    ['a delete', { writes: [remove('/a/k')] }, seen({ '/a/k': node('y', { version: 9 }) }), ['delete /a/k -1']],
    [
      'a delete of a key with keys below it',
      { writes: [remove('/a/k')] },
      seen({ '/a/k': node('y', { children: 1 }) }),
      ['set /a/k -1 directory'],
    ],
    [
      'a delete of a key that gets one below it',
      { writes: [remove('/a/k'), put('/a/k/l')] },
      seen({ '/a/k': node('y') }, { ...root, '/a/k': stat() }),
      ['set /a/k -1 directory', 'create /a/k/l'],
    ],
    [
      'a delete of nothing',
      { writes: [remove('/a/k'), put('/a/l')] },
      seen({}, root),
      ['create /a/k directory', 'delete /a/k 0', 'create /a/l'],
    ],
    [
      'a delete of a directory',
      { writes: [remove('/a/k')] },
      seen({ '/a/k': node(undefined, { version: 5 }) }),
      ['check /a/k 5'],
    ],
    [
      'a guard of absence alone',
      { guards: [{ key: '/a/k', version: null }] },
      seen({}, root),
      ['create /a/k directory', 'delete /a/k 0'],
    ],
    [
      'a guard of absence where the directory is missing too',
      { guards: [{ key: '/a/b/k', version: null }] },
      seen({}, root),
      ['create /a/b directory', 'delete /a/b 0'],
    ],
    [
      'a guard of absence with the put',
      { guards: [{ key: '/a/k', version: null }], writes: [put('/a/k')] },
      seen({}, root),
      ['create /a/k'],
    ],
    [
      'a guard of absence on a directory',
      { guards: [{ key: '/a/k', version: null }], writes: [put('/a/l')] },
      seen({ '/a/k': node(undefined, { version: 2, children: 1 }) }, root),
      ['check /a/k 2', 'create /a/l'],
    ],
    [
      'a guard on the first version, on another key',
      { guards: [{ key: '/a/k', version: toVersion(1n, 0) }], writes: [put('/a/l')] },
      seen({ '/a/k': node('y') }, root),
      ['check /a/k 0', 'create /a/l'],
    ],
    [
      'a guard on the key that is put',
      { guards: [{ key: '/a/k', version: toVersion(1n, 0) }], writes: [put('/a/k')] },
      seen({ '/a/k': node('y') }),
      ['set /a/k 0'],
    ],
    [
      'a guard on the key that is deleted',
      { guards: [{ key: '/a/k', version: toVersion(1n, 6) }], writes: [remove('/a/k')] },
      seen({ '/a/k': node('y', { version: 6 }) }),
      ['check /a/k 6', 'delete /a/k -1'],
    ],
    [
      'a guard of absence below a bound key',
      { guards: [{ key: '/a/k/l', version: null }] },
      seen({}, { ...root, '/a/k': stat({ owner: '8' }) }),
      ['check / -1'],
    ],
  ];
  for (const [what, txn, state, ops] of cases) test(what, () => assert.deepEqual(planned(txn, state), ops));

  test('what no znode can be is LIMIT', () => {
    const isLimit = (error: unknown) => DcsError.is(error, 'LIMIT');
    const withChildren = seen({ '/a/k': node('y', { children: 1 }) });
    assert.throws(() => planned({ writes: [put('/a/k', 'x', session)] }, withChildren), isLimit);
    const belowBound = seen({}, { ...root, '/a/k': stat({ owner: '8' }) });
    assert.throws(() => planned({ writes: [put('/a/k/l')] }, belowBound), isLimit);
    const much = Array.from({ length: 3 }, (_, n) => put(`/a/k${n}`, 'x'.repeat(500_000)));
    assert.throws(() => planned({ writes: much }, seen({}, root)), isLimit);
  });

  test('the versions are those of the reply, or of the creation by its transaction', () => {
    const state = seen({ '/a/k': node('y', { version: 3 }) }, root);
    const plan = new Plan({ guards: [], writes: [put('/a/k'), put('/a/l'), put('/a/m', '')] }, state);
    const { versions } = plan.toCommit({ zxid: 9n, error: 0, stats: [stat({ czxid: 1n, version: 4 })] });
    assert.deepEqual(Object.fromEntries(versions), { '/a/k': '1:4', '/a/l': '9:0', '/a/m': '9:1' });
  });
});

suite('entries', () => {
  test('a znode is a key unless it is only a directory', () => {
    assert.equal(isKey(node('x', { children: 3 })), true);
    assert.equal(isKey(node('')), true, 'an empty leaf of Patroni');
    assert.equal(isKey(node('', { children: 1 })), false, 'a directory of kazoo');
    assert.equal(isKey(node('', { pzxid: 2n })), false, 'a directory of kazoo whose last child has gone');
    assert.equal(isKey(node('x', { pzxid: 2n })), true, 'a value that had keys below it');
    assert.equal(isKey(node('', { version: 1, pzxid: 2n })), true, 'an empty value of ours that had keys below it');
    assert.equal(isKey(node('', { version: 1, children: 1 })), true, 'an empty value of ours with keys below it');
    assert.equal(isKey(node(undefined)), false, 'a directory of ours');
  });

  test('versions of two incarnations differ, and the first one is a version', () => {
    assert.notEqual(toEntry(node('x', { czxid: 1n })).version, toEntry(node('x', { czxid: 2n })).version);
    assert.equal(changesOf(toVersion(1n, 0)), 0);
    assert.equal(changesOf('abc' as Version), undefined);
  });

  test('a guard looks at the incarnation, too', () => {
    const guard = { key: '/k', version: toVersion(1n, 0) };
    assert.equal(holds(guard, seen({ '/k': node('x') })), true);
    assert.equal(holds(guard, seen({ '/k': node('x', { czxid: 2n }) })), false);
    assert.equal(holds(guard, seen({})), false);
    assert.equal(holds({ key: '/k', version: null }, seen({ '/k': node('', { children: 1 }) })), true);
  });
});

suite('keys', () => {
  const store = zookeeper({ hosts: ['127.0.0.1:1'] });
  const bad = ['a', '/', '//a', '/a//b', '/a/', '/a/./b', '/a/..', '/zookeeper/a', '/a\0', '/a\x7f', '/\ud83d\ude00'];
  for (const key of bad) {
    test(`${JSON.stringify(key)} is a TypeError before anything is sent`, async () => {
      await assert.rejects(store.commit({ guards: [], writes: [put(key)] }), TypeError);
      await assert.rejects(store.commit({ guards: [{ key, version: null }], writes: [] }), TypeError);
    });
  }

  test('a prefix that no key can have is a TypeError', async () => {
    for (const prefix of ['', 'a', '/a//b']) await assert.rejects(store.read(prefix), TypeError);
  });

  test('parents', () => {
    assert.deepEqual(ancestorsOf('/a/b/c'), ['/a', '/a/b']);
    assert.deepEqual(ancestorsOf('/a'), []);
    assert.deepEqual([parentOf('/a/b'), parentOf('/a')], ['/a', '/']);
  });
});

suite('options', () => {
  test('hosts: names, IPv4 and IPv6, with or without a port', () => {
    assert.deepEqual(parseHost('zk1.example', 'hosts[0]'), { host: 'zk1.example', port: 2181 });
    assert.deepEqual(parseHost('10.0.0.1:2182', 'hosts[0]'), { host: '10.0.0.1', port: 2182 });
    assert.deepEqual(parseHost('[::1]:2183', 'hosts[0]'), { host: '::1', port: 2183 });
    assert.deepEqual(parseHost('[fe80::1]', 'hosts[0]'), { host: 'fe80::1', port: 2181 });
  });

  const wrong: readonly [options: unknown, kind: typeof TypeError | typeof RangeError, field: RegExp][] = [
    [{}, TypeError, /hosts/],
    [{ hosts: [] }, TypeError, /hosts/],
    [{ hosts: ['a:0'] }, RangeError, /hosts\[0\]/],
    [{ hosts: ['::1'] }, TypeError, /hosts\[0\]/],
    [{ hosts: ['a/chroot'] }, TypeError, /hosts\[0\]/],
    [{ hosts: ['a'], host: 'b' }, TypeError, /no option host/],
    [{ hosts: ['a'], tickTime: 0 }, RangeError, /tickTime/],
    [{ hosts: ['a'], minTtl: 5000 }, RangeError, /minTtl/],
    [{ hosts: ['a'], maxTtl: 5000 }, RangeError, /maxTtl/],
    [{ hosts: ['a'], authData: { digest: '' } }, TypeError, /authData\.digest/],
    [{ hosts: ['a'], setAcls: { 'CN=a': ['EVERYTHING'] } }, TypeError, /setAcls/],
    [{ hosts: ['a'], setAcls: { 'CN=a': [] } }, TypeError, /setAcls/],
    [{ hosts: ['a'], tls: { cert: 'x' } }, TypeError, /tls\.cert/],
    [{ hosts: ['a'], tls: { ca: '/nowhere' } }, TypeError, /tls\.ca/],
  ];
  for (const [options, kind, field] of wrong) {
    test(`${JSON.stringify(options)} is refused by name`, () => {
      assert.throws(
        () => zookeeper(options as ZooKeeperOptions),
        (error) => error instanceof kind && field.test(error.message),
      );
    });
  }

  test('no secret is told', () => {
    const options = { hosts: ['a'], authData: { digest: 42 } } as unknown as ZooKeeperOptions;
    assert.throws(
      () => zookeeper(options),
      (error) => error instanceof TypeError && !error.message.includes('42'),
    );
  });
});
