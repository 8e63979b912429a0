import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { addressOf } from '../src/cluster/address.ts';
import { cloneSources } from '../src/cluster/clone-sources.ts';
import { lagOf, receiveLagOf, replayLagOf } from '../src/cluster/lag.ts';
import { formatLsn } from '../src/cluster/lsn.ts';
import { isPaused, isStandbyCluster, isSynchronousMode, maximumLagOnFailover } from '../src/cluster/mode.ts';
import { announcedRole, roleOf } from '../src/cluster/role.ts';
import { isSynchronous } from '../src/cluster/synchronous.ts';
import { tagsOf } from '../src/cluster/tags.ts';
import { type TopologyNode, topologyOf } from '../src/cluster/topology.ts';
import { failoverAction, failoverCodec } from '../src/documents/failover.ts';
import { memberEncoding } from '../src/documents/member.ts';
import { isSyncMember, syncCodec } from '../src/documents/sync.ts';
import { type Stored, see } from './see.ts';

const led = (by: string, stored: Stored = {}): Stored => ({ leader: { value: by, session: 's' }, ...stored });
const config = (value: unknown): Stored => ({ config: JSON.stringify(value) });

suite('mode', () => {
  for (const [value, paused] of [
    [true, true],
    ['on', true],
    ['Yes', true],
    [1, true],
    ['true', true],
    [false, false],
    ['off', false],
    ['soon', false],
    [null, false],
    [[true], false],
    [{}, false],
  ] as const) {
    test(`pause: ${JSON.stringify(value)} is ${paused}`, () =>
      assert.equal(isPaused(see(config({ pause: value }))), paused));
  }

  test('without a config that can be read no mode is on', () => {
    for (const stored of [{}, { config: '{' }, { config: '[]' }]) {
      const view = see(stored);
      assert.deepEqual(
        [isPaused(view), isSynchronousMode(view), isStandbyCluster(view), maximumLagOnFailover(view)],
        [false, false, false, 1_048_576],
      );
    }
  });

  for (const [section, isStandby] of [
    [{ host: 'h' }, true],
    [{ port: 5432 }, true],
    [{ restore_command: 'cp' }, true],
    [{ host: '' }, false],
    [{ create_replica_methods: ['x'] }, false],
    [{}, false],
    ['h', false],
  ] as const) {
    test(`standby_cluster: ${JSON.stringify(section)} is ${isStandby}`, () =>
      assert.equal(isStandbyCluster(see(config({ standby_cluster: section }))), isStandby));
  }

  for (const [value, most] of [
    [0, 0],
    [-1, -1],
    ['0x400', 1024],
    [' 17 ', 17],
    ['1e3', 1000],
    [1.6, 2],
    ['1MB', 1_048_576],
    ['', 1_048_576],
    [null, 1_048_576],
    [true, 1_048_576],
  ] as const) {
    test(`maximum_lag_on_failover: ${JSON.stringify(value)} is ${most}`, () =>
      assert.equal(maximumLagOnFailover(see(config({ maximum_lag_on_failover: value }))), most));
  }
});

suite('tags', () => {
  const none = {
    nofailover: false,
    failoverPriority: 1,
    noloadbalance: false,
    clonefrom: false,
    nosync: false,
    syncPriority: 1,
    replicatefrom: undefined,
    nostream: false,
  };
  for (const [tags, meaning] of [
    [undefined, {}],
    [{}, {}],
    [{ nofailover: true }, { nofailover: true, failoverPriority: 0 }],
    [
      { nofailover: true, failover_priority: 5 },
      { nofailover: true, failoverPriority: 0 },
    ],
    [{ nofailover: false, failover_priority: 0 }, { failoverPriority: 0 }],
    [{ failover_priority: 0 }, { nofailover: true, failoverPriority: 0 }],
    [{ failover_priority: -2 }, { nofailover: true, failoverPriority: 0 }],
    [{ failover_priority: '7' }, { failoverPriority: 7 }],
    [{ failover_priority: 'high' }, {}],
    [
      { nofailover: null, failover_priority: 0 },
      { nofailover: true, failoverPriority: 0 },
    ],
    // Python takes any text that is not empty for true.
    [{ nofailover: 'false' }, { nofailover: true, failoverPriority: 0 }],
    [{ nosync: true }, { nosync: true, syncPriority: 0 }],
    [{ sync_priority: 0 }, { nosync: true, syncPriority: 0 }],
    [{ sync_priority: 3 }, { syncPriority: 3 }],
    [{ noloadbalance: 1 }, { noloadbalance: true }],
    [{ noloadbalance: [] }, {}],
    [{ clonefrom: true }, { clonefrom: true }],
    [{ replicatefrom: 'b' }, { replicatefrom: 'b' }],
    [{ replicatefrom: 7 }, {}],
    [{ nostream: 'on' }, { nostream: true }],
    [{ nostream: 'perhaps' }, {}],
  ] as const) {
    test(JSON.stringify(tags) ?? 'no tags', () => {
      const data = { conn_url: 'postgres://h/d', ...(tags && { tags }) };
      assert.deepEqual(tagsOf(data), { ...none, ...meaning });
    });
  }

  test('nobody can be copied from a member without a conn_url', () =>
    assert.equal(tagsOf({ tags: { clonefrom: true } }).clonefrom, false));
});

suite('lag', () => {
  for (const [title, status, data, expected] of [
    ['a member of 4.1', 100, { xlog_location: 90, receive_lsn: 90, replay_lsn: 70 }, [10, 10, 30]],
    ['a member before 4.1', 100, { xlog_location: 90 }, [10, undefined, undefined]],
    ['positions as text', 100, { xlog_location: '90', receive_lsn: ' 80', replay_lsn: '70' }, [10, 20, 30]],
    ['ahead of the last status', 100, { xlog_location: 200, receive_lsn: 200 }, [0, 0, undefined]],
    ['a position of 0', 100, { xlog_location: 0, receive_lsn: 0 }, [undefined, undefined, undefined]],
    ['no position', 100, {}, [undefined, undefined, undefined]],
    ['no status', undefined, { xlog_location: 90, replay_lsn: 70 }, [undefined, undefined, undefined]],
    ['a status of 0', 0, { xlog_location: 90 }, [undefined, undefined, undefined]],
  ] as const) {
    test(`${title}: ${expected.map((lag) => lag ?? 'unknown').join(', ')}`, () => {
      const view = see(
        led('a', {
          'members/b': JSON.stringify(data),
          ...(status === undefined ? {} : { status: JSON.stringify({ optime: status }) }),
        }),
      );
      assert.deepEqual(view.problems, []);
      const [member] = view.members;
      assert.ok(member);
      assert.deepEqual([lagOf(view, member), receiveLagOf(view, member), replayLagOf(view, member)], expected);
    });
  }

  test('the leader has none', () => {
    const view = see(led('a', { 'members/a': '{"xlog_location":90}', status: '{"optime":100}' }));
    assert.ok(view.leader?.member);
    assert.equal(lagOf(view, view.leader.member), 0);
  });
});

suite('role', () => {
  const stored = led('A', { 'members/A': '{}', 'members/b': '{}', sync: '{"leader":"A","sync_standby":"B,a"}' });
  for (const [title, value, roles] of [
    ['asynchronous', {}, ['leader', 'replica']],
    ['synchronous', { synchronous_mode: true }, ['leader', 'sync_standby']],
    ['quorum commit', { synchronous_mode: 'quorum' }, ['leader', 'quorum_standby']],
    ['a standby cluster', { synchronous_mode: true, standby_cluster: { host: 'h' } }, ['standby_leader', 'replica']],
  ] as const) {
    test(`${title}: ${roles.join(' and ')}`, () => {
      const view = see({ ...stored, ...config(value) });
      assert.deepEqual([roleOf(view, 'A'), roleOf(view, 'b')], roles);
    });
  }

  test('the leader is no standby of itself, whatever sync says; a * is nobody', () => {
    const named = see({ ...stored, ...config({ synchronous_mode: 'on' }) });
    assert.deepEqual([isSynchronous(named, 'A'), isSynchronous(named, 'B')], [false, true]);
    const star = see({ ...stored, ...config({ synchronous_mode: 'on' }), sync: '{"leader":"A","sync_standby":"*"}' });
    assert.equal(isSynchronous(star, 'b'), false);
  });

  test('the names before Patroni 4 and since', () => {
    assert.equal(announcedRole({ role: 'master' }), 'primary');
    assert.equal(announcedRole({ role: 'standby_leader' }), 'standby_leader');
    assert.equal(announcedRole({}), undefined);
  });
});

suite('requests', () => {
  for (const [raw, action] of [
    ['{"leader":"a","member":"b"}', 'switchover'],
    ['{"leader":"a"}', 'switchover'],
    ['{"member":"b"}', 'failover'],
    ['a:b', 'switchover'],
    [':b', 'failover'],
    ['{}', undefined],
    ['{"scheduled_at":"2030-01-01T00:00:00+00:00"}', undefined],
  ] as const) {
    test(`${raw} asks for ${action ?? 'nothing'}`, () =>
      assert.equal(failoverAction(failoverCodec.decode(raw).value), action));
  }

  test('who may race: the leader that sync names, and its standbys', () => {
    const { value } = syncCodec.decode('{"leader":"L","quorum":1,"sync_standby":"b"}');
    assert.deepEqual(
      ['l', 'B', 'c'].map((name) => isSyncMember(value, name)),
      [true, true, false],
    );
    assert.equal(isSyncMember(undefined, 'l'), false);
  });
});

suite('clone source', () => {
  const url = 'postgres://h/d';
  const offer = (fields = {}) =>
    JSON.stringify({ conn_url: url, state: 'running', tags: { clonefrom: true }, ...fields });
  for (const [title, stored, name, sources] of [
    ['those that offer', { 'members/b': offer(), 'members/c': offer(), 'members/d': '{}' }, 'n', ['b', 'c']],
    ['not itself', { 'members/b': offer(), 'members/c': offer() }, 'b', ['c']],
    ['not one that does not run', { 'members/b': offer({ state: 'starting' }) }, 'n', ['a']],
    ['not one without a URL', { 'members/b': offer({ conn_url: undefined }) }, 'n', ['a']],
    ['not the leader, when others offer', { 'members/a': offer(), 'members/b': offer() }, 'n', ['b']],
    ['the leader for want of others, also when it offers', { 'members/a': offer() }, 'n', ['a']],
    ['nobody for the leader itself', {}, 'a', []],
    ['H18: not a leader without a member key', { 'members/a': '{}' }, 'n', []],
  ] as const) {
    test(title, () => {
      const view = see(led('a', { 'members/a': JSON.stringify({ conn_url: url }), ...stored } as Stored));
      assert.deepEqual(
        cloneSources(view, name).map((member) => member.name),
        sources,
      );
    });
  }
});

suite('topology', () => {
  const from = (name?: string) => JSON.stringify(name === undefined ? {} : { tags: { replicatefrom: name } });
  const shape = (nodes: readonly TopologyNode[]): unknown =>
    nodes.map(({ member, followers }) => (followers.length === 0 ? member.name : [member.name, shape(followers)]));
  const members = (named: Record<string, string | undefined>): Stored =>
    Object.fromEntries(Object.entries(named).map(([name, upstream]) => [`members/${name}`, from(upstream)]));
  for (const [title, stored, expected] of [
    ['all follow the leader', led('a', members({ a: undefined, b: undefined, c: undefined })), [['a', ['b', 'c']]]],
    ['a cascade', led('b', members({ a: 'c', b: 'c', c: undefined, d: 'a' })), [['b', [['c', [['a', ['d']]]]]]]],
    [
      'who is not there, and oneself, cannot be followed',
      led('a', members({ a: '', b: 'x', c: 'c' })),
      [['a', ['b', 'c']]],
    ],
    ['nobody leads', members({ a: undefined, b: 'a' }), [['a', ['b']]]],
    ['a leader without a member key', led('z', members({ a: undefined, b: undefined })), ['a', 'b']],
    ['a ring is shown', led('a', members({ a: undefined, b: 'c', c: 'b', d: 'b' })), ['a', ['b', ['c', 'd']]]],
    ['nobody', {}, []],
  ] as const) {
    test(title, () => assert.deepEqual(shape(topologyOf(see(stored as Stored))), expected));
  }
});

suite('address', () => {
  for (const [conn_url, address] of [
    ['postgres://127.0.0.1:5433/postgres', { host: '127.0.0.1', port: 5433 }],
    ['postgres://db1/postgres', { host: 'db1', port: 5432 }],
    ['postgres://u:p@[fe80::1]:5432/d', { host: 'fe80::1', port: 5432 }],
    ['postgres:///postgres', undefined],
    ['db1:5432:', undefined],
    ['postgres://h:port/d', undefined],
    [undefined, undefined],
  ] as const) {
    test(`${conn_url}`, () => assert.deepEqual(addressOf(conn_url === undefined ? {} : { conn_url }), address));
  }
});

test('positions that are no numbers are told', () => {
  assert.deepEqual(memberEncoding.decode('{"xlog_location":"1/2","replay_lsn":1.5}'), {
    value: {},
    problem: 'member has a bad xlog_location and replay_lsn',
  });
});

for (const [position, text] of [
  [0, '0/0'],
  [100_663_000, '0/5FFFED8'],
  [2 ** 32, '1/0'],
  [0xab_ffff_fff0, 'AB/FFFFFFF0'],
] as const) {
  test(`position ${position} is ${text}`, () => assert.equal(formatLsn(position), text));
}
