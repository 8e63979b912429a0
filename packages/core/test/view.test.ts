import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Layout } from '../src/layout.ts';
import type { Entry, Version } from '../src/store.ts';
import { parseView } from '../src/view.ts';
import { StillClock, type Stored, see } from './see.ts';

const healthy: Stored = {
  leader: { value: 'a', session: 's1' },
  epoch: '7',
  'members/b': { value: '{"state":"running"}', session: 's2' },
  'members/a': { value: '{"state":"running","timeline":3}', session: 's1' },
  config: '{"ttl":30}',
  sync: '{"leader":"a","quorum":0,"sync_standby":"b"}',
  failover: '{}',
  history: '[[2,100,"r"]]',
  status: '{"optime":5}',
  initialize: '7123456789012345678',
  failsafe: '{"a":"u"}',
};

suite('view', () => {
  test('a healthy cluster', () => {
    const clock = new StillClock();
    const view = see(healthy, {}, clock);
    assert.deepEqual(view.problems, []);
    assert.equal(view.leader?.name, 'a');
    assert.equal(view.leader.session, 's1');
    assert.equal(view.leader.version, 'v0');
    assert.equal(view.leader.token, 7);
    assert.equal(view.leader.member, view.members[0]);
    assert.deepEqual(view.epoch, { value: 7, version: 'v1' });
    assert.deepEqual(view.members, [
      { name: 'a', session: 's1', version: 'v3', data: { state: 'running', timeline: 3 } },
      { name: 'b', session: 's2', version: 'v2', data: { state: 'running' } },
    ]);
    assert.deepEqual(view.config, { value: { ttl: 30 }, version: 'v4' });
    assert.deepEqual(view.sync, { value: { leader: 'a', quorum: 0, standbys: ['b'] }, version: 'v5' });
    assert.deepEqual(view.failover, { value: {}, version: 'v6' });
    assert.deepEqual(view.history, { value: [{ timeline: 2, lsn: 100, reason: 'r' }], version: 'v7' });
    assert.deepEqual(view.status, { value: { optime: 5 }, version: 'v8' });
    assert.deepEqual(view.initialize, { value: '7123456789012345678', version: 'v9' });
    assert.deepEqual(view.failsafe, { value: { a: 'u' }, version: 'v10' });
    assert.equal(view.timeline, 3);
    assert.equal(view.isUnlocked, false);
    assert.equal(view.workers.size, 0);
    assert.equal(view.age(), 600);
    clock.time = 1500;
    assert.equal(view.age(), 1100);
  });

  test('what a store shows again is not read again, and is of its own key and document', () => {
    const layout = new Layout({ scope: 'b' });
    const entry = (value: string): Entry => ({ value, version: '1' as Version });
    const read = (stored: Record<string, Entry>) => {
      const entries = new Map(Object.entries(stored).map(([path, known]) => [layout.prefix + path, known]));
      return parseView(layout, { entries, asOf: 400, stale: false }, new StillClock());
    };
    const [config, member] = [entry('{"ttl":30}'), entry('{"state":"running"}')];
    const first = read({ config, 'members/a': member });
    const second = read({ config, 'members/a': member, sync: config, 'members/b': member });
    assert.equal(second.config, first.config);
    assert.equal(second.members[0], first.members[0]);
    assert.equal(second.members[1]?.name, 'b');
    assert.notDeepEqual(second.sync, second.config);
    assert.deepEqual(read({ config: entry('{"ttl":20}') }).config.value, { ttl: 20 });
  });

  test('an empty cluster', () => {
    const view = see({});
    const absent = { value: undefined, version: null };
    for (const document of ['config', 'sync', 'failover', 'history', 'status', 'initialize', 'failsafe'] as const) {
      assert.deepEqual(view[document], absent);
    }
    assert.deepEqual(view.epoch, { value: 0, version: null });
    assert.deepEqual([view.leader, view.members, view.problems], [undefined, [], []]);
    assert.deepEqual([view.isUnlocked, view.timeline], [true, 0]);
  });

  test('nothing in a view can be changed', () => {
    const frozen = (value: unknown, path: string): void => {
      if (typeof value !== 'object' || value === null || value instanceof Map) return;
      assert.ok(Object.isFrozen(value), path);
      for (const [key, inner] of Object.entries(value)) frozen(inner, `${path}.${key}`);
    };
    frozen(see({ ...healthy, 'members/c': '[', x: '' }), 'view');
  });

  test('case 3: a plain reader sees nothing of the groups of its scope, and no problem', () => {
    const view = see({ '1/leader': { value: 'a', session: 's' }, '1/members/a': '{}' });
    assert.deepEqual([view.leader, view.members, view.problems], [undefined, [], []]);
  });

  test('a plain reader is told which groups there are, and nobody else is', () => {
    const stored = { '10/leader': { value: 'w10', session: 's' }, '0/members/c': '{', '2/status': '5' };
    const { groups } = see(stored);
    assert.deepEqual([...groups.keys()], [0, 2, 10]);
    assert.deepEqual([groups.get(10)?.leader?.name, groups.get(0)?.problems.length], ['w10', 1]);
    assert.deepEqual([see(stored, { group: 0 }).groups.size, see(stored, { group: 2 }).groups.size], [0, 0]);
  });

  test('case 4: a coordinator leads from 0, and its workers are the other groups', () => {
    const lock = (value: string) => ({ value, session: 's' });
    const stored = {
      '0/leader': lock('c'),
      '10/leader': lock('w10'),
      '1/leader': lock('w1'),
      '1/epoch': '3',
      '1/members/w1': '{',
      '01/leader': lock('z'),
      'x/leader': lock('x'),
      leader: lock('plain'),
    };
    const view = see(stored, { group: 0 });
    assert.equal(view.leader?.name, 'c');
    assert.deepEqual([...view.workers.keys()], [1, 10]);
    const worker = view.workers.get(1);
    assert.deepEqual([worker?.group, worker?.leader?.name, worker?.leader?.token], [1, 'w1', 3]);
    assert.deepEqual(
      worker?.problems.map(({ key }) => key),
      ['/service/b/1/members/w1'],
    );
    const foreign = ['/service/b/01/leader', '/service/b/x/leader', '/service/b/leader'];
    assert.deepEqual(
      view.problems.map(({ key }) => key),
      foreign,
    );

    const alone = see(stored, { group: 1 });
    assert.deepEqual([alone.leader?.name, alone.workers.size], ['w1', 0]);
  });

  test('case 25: a lock without a session is shown, and reported', () => {
    const view = see({ leader: 'a' });
    assert.equal(view.leader?.name, 'a');
    assert.ok(!('session' in view.leader));
    assert.match(view.problems[0]?.message ?? '', /never expire/);
  });

  test('a leader without a member key, and without a valid epoch, has neither member nor token', () => {
    const view = see({ leader: { value: 'a', session: 's' }, epoch: 'x' });
    assert.deepEqual(view.leader, { name: 'a', session: 's', version: 'v0' });
    assert.equal(view.epoch.value, 0);
    assert.deepEqual(view.problems, [{ key: '/service/b/epoch', message: view.epoch.problem }]);
  });

  for (const raw of ['', '-1', '1.5', '1e3', ' 1', '9007199254740993']) {
    test(`an epoch of ${JSON.stringify(raw)} is a problem`, () => assert.ok(see({ epoch: raw }).epoch.problem));
  }

  test('case 43: a member that cannot be read has empty data, and is reported', () => {
    const view = see({ 'members/a': '[]', 'members/b': '{}' });
    assert.deepEqual(
      view.members.map(({ name, data }) => ({ name, data })),
      [
        { name: 'a', data: {} },
        { name: 'b', data: {} },
      ],
    );
    assert.deepEqual(view.problems, [{ key: '/service/b/members/a', message: view.members[0]?.problem }]);
  });

  test('case 44: members/x/y and members are no members, and are reported as of another application', () => {
    const view = see({ 'members/x/y': '{}', members: '{}', 'members/': '{}' });
    assert.deepEqual(view.members, []);
    assert.deepEqual(
      view.problems.map(({ key }) => key),
      ['/service/b/members/x/y', '/service/b/members', '/service/b/members/'],
    );
  });

  test('case 67: optime/leader counts only while status is absent', () => {
    const old = see({ 'optime/leader': '5' });
    assert.deepEqual(old.status, { value: { optime: 5 }, version: null });
    const both = see({ 'optime/leader': '5', status: '{' });
    assert.equal(both.status.value, undefined);
    assert.equal(both.status.version, 'v1');
    assert.deepEqual(
      both.problems.map(({ key }) => key),
      ['/service/b/status'],
    );
    assert.deepEqual(
      see({ 'optime/leader': 'x' }).problems.map(({ key }) => key),
      ['/service/b/optime/leader'],
    );
  });

  test('case 97: bytes that are not UTF-8 spoil only their own key', () => {
    const malformed = { value: '{"\ufffd":1}', malformed: true as const };
    const view = see({ ...healthy, config: malformed, 'members/a': malformed });
    assert.equal(view.config.value, undefined);
    assert.equal(view.config.version, 'v4');
    assert.deepEqual(view.members[0]?.data, {});
    assert.equal(view.sync.value?.leader, 'a');
    assert.equal(view.leader?.name, 'a');
    assert.deepEqual(
      view.problems.map(({ key }) => key),
      ['/service/b/members/a', '/service/b/config'],
    );
    const lock = see({ leader: { value: '\ufffd', malformed: true, session: 's' } });
    assert.equal(lock.isUnlocked, false);
    assert.match(lock.problems[0]?.message ?? '', /UTF-8/);
  });

  test('case 98: an empty leader is an invalid lock', () => {
    const view = see({ leader: { value: '', session: 's' } });
    assert.equal(view.leader?.name, '');
    assert.equal(view.isUnlocked, true);
    assert.match(view.problems[0]?.message ?? '', /invalid lock/);
  });
});
