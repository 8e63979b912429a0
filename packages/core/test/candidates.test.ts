import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { candidates, type LeaderChange } from '../src/cluster/candidates.ts';
import { type Stored, see } from './see.ts';

const MB = 1_048_576;

function member(fields: Record<string, unknown> = {}): string {
  return JSON.stringify({
    conn_url: 'postgres://h:5432/postgres',
    api_url: 'http://h:8008/patroni',
    state: 'running',
    role: 'replica',
    xlog_location: 10 * MB,
    timeline: 3,
    ...fields,
  });
}

/** A leader `a`, whom `b` follows in all respects, and the member `x` that is looked at. */
function cluster(x: Record<string, unknown>, config: Record<string, unknown> = {}, more: Stored = {}): Stored {
  return {
    leader: { value: 'a', session: 's' },
    config: JSON.stringify({ ttl: 30, ...config }),
    status: JSON.stringify({ optime: 10 * MB }),
    history: '[[2,100,"r"]]',
    'members/a': member({ role: 'primary' }),
    'members/b': member(),
    'members/x': member(x),
    ...more,
  };
}

/** The codes of what keeps `x` from taking over. */
function obstacles(stored: Stored, change: LeaderChange): string[] {
  const { ineligible } = candidates(see(stored), change);
  const found = ineligible.find((one) => one.member.name === 'x')?.obstacles ?? [];
  return found.map(({ code }) => code);
}

const sync = (standbys: string | null, quorum = 0) => ({
  sync: JSON.stringify({ leader: 'a', quorum, sync_standby: standbys }),
});

suite('candidates', () => {
  for (const [title, x, config, more, forSwitchover, forFailover = forSwitchover] of [
    ['a healthy replica', {}, {}, {}, []],
    ['the tag nofailover', { tags: { nofailover: true } }, {}, {}, ['nofailover']],
    ['a failover_priority of 0', { tags: { failover_priority: 0 } }, {}, {}, ['nofailover']],
    ['nofailover: false wins over it', { tags: { failover_priority: 0, nofailover: false } }, {}, {}, []],
    ['stopped', { state: 'stopped' }, {}, {}, ['not-running']],
    ['being created', { state: 'creating replica' }, {}, {}, ['not-running']],
    ['a state of another daemon', { state: 'waiting' }, {}, {}, []],
    ['without the api_url that others have', { api_url: undefined }, {}, {}, ['no-api-url']],
    ['behind by what is allowed', { xlog_location: 9 * MB }, {}, {}, []],
    ['behind by one byte more', { xlog_location: 9 * MB - 1 }, {}, {}, ['lagging']],
    ['received in time, replayed late', { xlog_location: 0, receive_lsn: 10 * MB, replay_lsn: 1 }, {}, {}, []],
    ['behind, with a limit of its own', { xlog_location: MB }, { maximum_lag_on_failover: '9437184' }, {}, []],
    ['a limit with a unit is none', { xlog_location: MB }, { maximum_lag_on_failover: '9MB' }, {}, ['lagging']],
    ['where it is is not told', { xlog_location: undefined }, {}, {}, ['lag-unknown']],
    ['nor where the leader is', { xlog_location: undefined }, {}, { status: '{' }, []],
    ['an old timeline, unchecked', { timeline: 2 }, {}, {}, []],
    ['an old timeline, checked', { timeline: 2 }, { check_timeline: true }, {}, ['timeline']],
    ['no timeline, checked', { timeline: undefined }, { check_timeline: 'on' }, {}, ['timeline']],
    ['the newest timeline, checked', {}, { check_timeline: true }, {}, []],
    ['asynchronous', {}, { synchronous_mode: true }, sync('b'), ['not-synchronous'], []],
    ['synchronous in another letter case', {}, { synchronous_mode: true }, sync('b,X'), []],
    ['synchronous mode that has not begun', {}, { synchronous_mode: true }, {}, ['not-synchronous'], []],
    ['a * in sync names nobody', {}, { synchronous_mode: true }, sync('*'), ['not-synchronous'], []],
    ['a sync left over from a mode that is off', {}, { synchronous_mode: 'off' }, sync('b'), []],
    [
      'a standby cluster has no synchronous mode',
      {},
      { synchronous_mode: true, standby_cluster: { host: 'h' } },
      sync('b'),
      [],
    ],
    ['no voter', {}, { synchronous_mode: 'quorum' }, sync('b', 1), ['not-synchronous'], []],
    ['a voter', {}, { synchronous_mode: 'Quorum' }, sync('b,x', 1), []],
    ['quorum commit that has not begun', {}, { synchronous_mode: 'quorum' }, {}, []],
    ['all that is wrong', { state: 'crashed', tags: { nofailover: 1 } }, {}, {}, ['nofailover', 'not-running']],
    ['a key that cannot be read', {}, {}, { 'members/x': '{"a"' }, ['unreadable']],
    ['the leader', {}, {}, { leader: { value: 'x', session: 's' } }, ['leader']],
    ['nobody leads', {}, {}, { leader: { value: '', session: 's' } }, ['no-leader'], []],
    ['nobody leads, and it lags', { xlog_location: 1 }, {}, { leader: { value: '' } }, ['no-leader'], []],
    [
      'nobody leads, and it may not',
      { tags: { nofailover: true } },
      {},
      { leader: { value: '' } },
      ['no-leader'],
      ['nofailover'],
    ],
  ] as [string, Record<string, unknown>, Record<string, unknown>, Stored, string[], string[]?][]) {
    test(`${title}: ${forSwitchover.join(' and ') || 'may'}; by failover ${forFailover.join(' and ') || 'may'}`, () => {
      const stored = cluster(x, config, more);
      assert.deepEqual(obstacles(stored, 'switchover'), forSwitchover);
      assert.deepEqual(obstacles(stored, 'failover'), forFailover);
    });
  }

  test('every member is on one side, and says why', () => {
    const view = see(cluster({ xlog_location: 1 }));
    const { eligible, ineligible } = candidates(view, 'switchover');
    assert.deepEqual(
      eligible.map(({ name }) => name),
      ['b'],
    );
    assert.deepEqual(
      ineligible.map(({ member, obstacles }) => [member.name, ...obstacles.map(({ message }) => message)]),
      [
        ['a', 'is the leader'],
        ['x', 'is 10485759 bytes behind, over maximum_lag_on_failover 1048576'],
      ],
    );
  });

  test('daemons that tell no URLs and no positions are not held to them', () => {
    const view = see({
      leader: { value: 'a', session: 's' },
      status: '{"optime":5}',
      'members/a': '{"state":"running"}',
      'members/b': '{"state":"waiting"}',
    });
    assert.deepEqual(
      candidates(view, 'switchover').eligible.map(({ name }) => name),
      ['b'],
    );
  });
});
