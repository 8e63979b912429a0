import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type EtcdOptions, etcd } from '../src/index.ts';
import { rangeEnd, rangeStart } from '../src/keys.ts';
import { parseEndpoint } from '../src/options.ts';
import type { RpcHeader, RpcKeyValue } from '../src/rpc.ts';
import { State } from '../src/state.ts';
import { TermGuard } from '../src/terms.ts';

test('the end of a prefix', () => {
  assert.deepEqual(rangeEnd(Buffer.from('/service/')), Buffer.from('/service0'));
  assert.deepEqual(rangeEnd(Buffer.of(0x61, 0xff)), Buffer.of(0x62));
  assert.deepEqual(rangeEnd(Buffer.of(0x61, 0xfe)), Buffer.of(0x61, 0xff));
  assert.deepEqual(rangeEnd(Buffer.of(0x61, 0xff, 0xff)), Buffer.of(0x62));
  assert.deepEqual(rangeEnd(Buffer.of(0xff, 0xff)), Buffer.of(0), 'to the end of all keys');
  assert.deepEqual(rangeEnd(Buffer.of()), Buffer.of(0));
  assert.deepEqual(rangeStart(Buffer.of()), Buffer.of(0));
  assert.deepEqual(rangeStart(Buffer.from('a')), Buffer.from('a'));
});

test('endpoints', () => {
  assert.equal(parseEndpoint('db1:2379', false, 'x'), 'http://db1:2379');
  assert.equal(parseEndpoint('db1:2379', true, 'x'), 'https://db1:2379');
  assert.equal(parseEndpoint('http://db1:2379/', false, 'x'), 'http://db1:2379');
  assert.equal(parseEndpoint('https://[::1]:2379', false, 'x'), 'https://[::1]:2379');
  for (const bad of ['db1', '', 'db1:', 'ftp://db1:1', 'db1:2379/path', 'a b:1', '::1:2379', 5, undefined]) {
    assert.throws(() => parseEndpoint(bad, false, 'endpoints[3]'), { name: 'TypeError', message: /endpoints\[3\] is/ });
  }
  assert.throws(() => parseEndpoint('db1:0', false, 'x'), { name: 'RangeError', message: /1 to 65535/ });
  assert.throws(() => parseEndpoint('db1:65536', false, 'x'), RangeError);
  assert.throws(() => parseEndpoint('http://db1:1', true, 'x'), { name: 'TypeError', message: /tls is set/ });
});

const badOptions: [what: string, options: unknown, message: RegExp][] = [
  ['nothing', {}, /either endpoints or srv/],
  ['both', { endpoints: ['a:1'], srv: 'b' }, /either endpoints or srv/],
  ['no endpoint', { endpoints: [] }, /endpoints is \[\]/],
  ['a string for the list', { endpoints: 'a:1' }, /endpoints is "a:1"/],
  ['a bad endpoint', { endpoints: ['a:1', 'b'] }, /endpoints\[1\] is "b"/],
  ['a username alone', { endpoints: ['a:1'], username: 'u' }, /username and password/],
  ['an empty password', { endpoints: ['a:1'], username: 'u', password: '' }, /password is not a non-empty string/],
  ['a suffix alone', { endpoints: ['a:1'], srvSuffix: 'x' }, /srvSuffix needs srv/],
  ['discover that is no boolean', { endpoints: ['a:1'], discover: 'yes' }, /discover is yes/],
  ['a certificate without its key', { endpoints: ['a:1'], tls: { cert: 'x' } }, /tls.cert and tls.key/],
  ['a file that is not there', { endpoints: ['a:1'], tls: { ca: '/nowhere/ca.crt' } }, /tls.ca is \/nowhere\/ca.crt/],
  [
    'a certificate that is none',
    { endpoints: ['a:1'], tls: { ca: Buffer.from('x'), cert: Buffer.from('y'), key: Buffer.from('z') } },
    /cannot be used/,
  ],
  ['an option that there is not', { endpoints: ['a:1'], user: 'x' }, /no option user/],
];
for (const [what, options, message] of badOptions) {
  test(`options refused at construction: ${what}`, () => {
    assert.throws(() => etcd(options as EtcdOptions), { name: 'TypeError', message });
  });
}

test('a password is in no message', () => {
  const options = { endpoints: ['a:1'], password: 'hunter2' };
  assert.throws(
    () => etcd(options),
    (error: Error) => !error.message.includes('hunter2'),
  );
});

function header(term: bigint, cluster = 'c1', revision = 1n): RpcHeader {
  return { cluster, member: 'm', revision, term };
}

test('an answer out of an older term than was known when it was asked for is refused', () => {
  const guard = new TermGuard();
  guard.admit(header(3n), guard.known(), false);
  const beforeTheElection = guard.known();
  guard.admit(header(4n), guard.known(), false);
  assert.throws(() => guard.admit(header(3n), guard.known(), false), { code: 'UNAVAILABLE', maybeApplied: false });
  assert.throws(() => guard.admit(header(3n), guard.known(), true), { code: 'UNAVAILABLE', maybeApplied: true });
  guard.admit(header(3n), beforeTheElection, false);
  assert.equal(guard.known().term, 4n, 'a late answer takes nothing back');
  guard.admit(header(1n, 'c2'), guard.known(), false);
  assert.deepEqual(guard.known(), { cluster: 'c2', term: 1n, revision: 1n }, 'another cluster starts anew');
});

function keyValue(key: string, revision: bigint, value = 'v'): RpcKeyValue {
  return { key, value: Buffer.from(value), modRevision: revision, lease: undefined };
}

test('a state takes events after its revision, and only those', () => {
  const state = State.of({ header: header(1n, 'c', 5n), entries: [keyValue('a', 3n), keyValue('b', 5n)] });
  const same = state.after([{ deleted: true, entry: keyValue('a', 5n) }]);
  assert.equal(same, state);
  const next = state.after([
    { deleted: true, entry: keyValue('a', 6n) },
    { deleted: false, entry: keyValue('c', 7n) },
  ]);
  assert.deepEqual([...next.entries.keys()], ['b', 'c']);
  assert.deepEqual([...state.entries.keys()], ['a', 'b'], 'the older state is untouched');
  assert.equal(next.revision, 7n);
  assert.equal(next.isNewerThan({ cluster: 'c', revision: 6n }), true);
  assert.equal(next.isNewerThan({ cluster: 'c', revision: 7n }), false);
  assert.equal(next.isNewerThan({ cluster: 'other', revision: 1n }), false);
  assert.equal(state.equals(next), false);
  assert.equal(
    state.equals(State.of({ header: header(1n, 'c', 9n), entries: [keyValue('b', 5n), keyValue('a', 3n)] })),
    true,
  );
});

test('bytes that are not UTF-8 are marked and hide nothing', () => {
  const bad = { ...keyValue('bad', 2n), value: Buffer.of(0x61, 0xff) };
  const { entries } = State.of({ header: header(1n), entries: [keyValue('good', 1n), bad] });
  assert.deepEqual(entries.get('bad'), { value: 'a\ufffd', version: '2', malformed: true });
  assert.deepEqual(entries.get('good'), { value: 'v', version: '1' });
});
