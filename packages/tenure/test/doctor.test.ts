import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Entry, Snapshot, Version } from '@tenure/core';
import { Layout, parseView, systemClock } from '@tenure/core';
import { file } from '@tenure/embedded';
import { open } from 'tenure';
import { parse } from 'yaml';
import { startConsul, startEtcd, startZooKeeper } from '../../../test/servers/index.ts';
import { newToken } from '../../consul/test/help.ts';
import { ANYONE, digestOf, Raw, READ } from '../../zookeeper/test/help.ts';
import type { Finding } from '../src/doctor/finding.ts';
import { keyFindings } from '../src/doctor/keys.ts';
import { serverFindings } from '../src/doctor/servers.ts';
import { planOf, timingFindings } from '../src/doctor/timing.ts';
import { everyServer, storesOf, urlOf } from './served.ts';
import { finished, folder } from './tools.ts';

/** The keys of a member `a`. */
const WRITTEN = [
  ...['leader', 'epoch', 'config', 'status', 'sync', 'failover', 'history', 'initialize', 'failsafe'],
  ...['optime/leader', 'members/a'],
];

const NOW = Date.parse('2026-01-01T00:00:00Z');

interface Told {
  readonly findings: readonly Finding[];
  readonly plan: { readonly failover: { readonly earliest: number; readonly latest: number } } | null;
}

async function doctor(t: TestContext, store: string, ...args: string[]) {
  const { code, stdout, stderr } = await finished(t, ['doctor', '--store', store, '--format', 'json', ...args]);
  assert.ok(stdout !== '', stderr);
  return { code, told: JSON.parse(stdout) as Told };
}

function wrongOf({ findings }: Told): string[] {
  return findings.filter(({ grade }) => grade === 'wrong').map(({ subject, message }) => `${subject}: ${message}`);
}

/** By keys, a `*` for a key with a session: what is wrong with them, or worth noting. */
const suspicious: readonly (readonly [keys: Record<string, string>, wanted: readonly RegExp[]])[] = [
  [{}, [/^ok s: 0 members, and nothing suspicious$/]],
  [
    { '*leader': 'a', '*members/a': '{"conn_url":"postgres://h/"}', config: '{"ttl":30}', failover: '{}' },
    [/^ok s: one member/],
  ],
  [{ '*leader': 'a' }, [/^wrong leader: it names a, who has no member key/]],
  [{ '*leader': '' }, [/^wrong leader: an invalid lock/]],
  [{ leader: 'a', '*members/a': '{}' }, [/^wrong leader: the lock of a has no session/]],
  [{ '*members/a': '{}' }, [/^wrong leader: nobody leads, with 1 member there$/]],
  [{ '*members/a': '{}', config: '{"pause":true}' }, [/^note leader: nobody leads, .* paused/, /^ok s/]],
  [{ '*leader': 'a', 'members/a': '{}' }, [/^wrong members\/a: it has no session: it will never expire/]],
  [{ '*leader': 'a', '*members/a': '{' }, [/^wrong members\/a: member is not a JSON object/]],
  [
    { '*leader': 'a', '*members/a': '{"conn_url":"x","api_url":"y"}', '*members/b': '{"conn_url":"x","api_url":"y"}' },
    [/^wrong members\/b: it has the conn_url of a$/, /^wrong members\/b: it has the api_url of a$/],
  ],
  [
    { '*leader': 'a', '*members/a': '{}', '*members/A': '{}' },
    [/^wrong members\/a: it has the name, but for its case, of A$/],
  ],
  [{ config: '{}' }, [/^wrong config: config is empty/]],
  [{ config: '{' }, [/^wrong config: /]],
  [{ initialize: '' }, [/^wrong initialize: a bootstrap has begun and not ended/]],
  [{ initialize: '7123456789012345678' }, [/^ok s/]],
  [{ failover: '{"leader":"a","member":"b"}' }, [/^note failover: from a to b, is pending/, /^ok s/]],
  [
    { failover: '{"leader":"a","scheduled_at":"2026-01-01T01:00:00+01:00"}' },
    [/^note failover: from a to anybody, scheduled for 2026-01-01T00:00:00.000Z, is pending/, /^ok s/],
  ],
  [
    { failover: '{"leader":"a","scheduled_at":"2025-12-31T23:00:00+00:00"}' },
    [/^wrong failover: .*: overdue by 60 min$/],
  ],
  [{ failover: '{"leader":"a","scheduled_at":"soon"}' }, [/^wrong failover: .*is not a time/]],
  [
    { failover: '{"leader":"a","scheduled_at":"2019-01-01T00:00:00+00:00"}' },
    [/^wrong failover: .*: overdue by 2557 d$/],
  ],
  [{ initialize: 'abc' }, [/^note initialize: it is no system id .*, got "abc"$/, /^ok s/]],
  [{ initialize: '123456789' }, [/^note initialize: /, /^ok s/]],
  [
    { '*leader': 'a', '*members/a': '{"xlog_location":-5,"timeline":-1}' },
    [
      /^wrong members\/a: xlog_location: it must be 0 or more, got -5$/,
      /^wrong members\/a: timeline: it must be 0 or more, got -1$/,
    ],
  ],
  [{ failsafe: '{"a":"u"}' }, [/^note failsafe: it is left over/, /^ok s/]],
  [{ failsafe: '{"a":"u"}', config: '{"failsafe_mode":true}' }, [/^ok s/]],
  [{ failsafe: '{"a":"u"}', config: '{"failsafe_mode":"on"}' }, [/^ok s/]],
  [{ '*members/a': '{}', config: '{"pause":"on"}' }, [/^note leader: nobody leads, .* paused/, /^ok s/]],
  [
    { '*leader': 'a', '*members/a': '{}', sync: '{"leader":"b","quorum":0,"sync_standby":null}' },
    [/^note sync: it is of b, and a leads/, /^ok s/],
  ],
  [{ other: 'x' }, [/^wrong other: not a key of this layout/]],
  [{ epoch: 'x' }, [/^wrong epoch: epoch is not a decimal counter/]],
];

for (const [keys, wanted] of suspicious) {
  test(`doctor: the keys ${JSON.stringify(keys)}`, () => {
    const found = keyFindings(viewOf('s', undefined, keys), NOW);
    const lines = found.map(({ grade, subject, message }) => `${grade} ${subject}: ${message}`);
    assert.equal(lines.length, wanted.length, lines.join('\n'));
    for (const [index, line] of lines.entries()) assert.match(line, wanted[index] as RegExp);
  });
}

test('doctor: what is wrong in a worker group is told with its group', () => {
  const found = keyFindings(viewOf('s', 0, { '0/config': '{"a":1}', '1/*leader': 'w', '1/config': '{' }), NOW);
  assert.deepEqual(
    found.filter(({ grade }) => grade === 'wrong').map(({ subject }) => subject),
    ['1/config', '1/leader'],
  );
});

test('doctor: a scope of groups is looked at group by group, also when none is named', () => {
  const found = keyFindings(viewOf('s', undefined, { '0/initialize': '', '1/sync': '{', '1/*leader': 'w' }), NOW);
  assert.deepEqual(
    found.filter(({ grade }) => grade === 'wrong').map(({ subject }) => subject),
    ['0/initialize', '1/sync', '1/leader'],
  );
  const sound = { '0/*leader': 'c', '0/*members/c': '{}', '1/*leader': 'w', '1/*members/w': '{}' };
  const [only, ...rest] = keyFindings(viewOf('s', undefined, sound), NOW);
  assert.deepEqual([only?.message, rest], ['2 members, and nothing suspicious', []]);
});

test('doctor: a server that is away, a clock that is off, and versions that differ', () => {
  const good = { endpoint: 'a:1', version: 'x 1', latency: 1, clock: { ahead: 2400, error: 500 } };
  const [fine, ...more] = serverFindings([good]);
  assert.deepEqual(
    [fine?.grade, fine?.message, more],
    ['ok', "x 1, 1.0 ms, its clock is within 2.9 s of this host's", []],
  );
  assert.deepEqual(grades(serverFindings([{ ...good, clock: { ahead: -2600, error: 500 } }])), ['ok', 'wrong']);
  assert.deepEqual(grades(serverFindings([good, { ...good, version: 'x 2' }])), ['ok', 'ok', 'note']);
  assert.deepEqual(grades(serverFindings([good, { endpoint: 'b:1', problem: 'away' }])), ['ok', 'wrong']);
  const [, late] = serverFindings([{ ...good, clock: { ahead: 90_000, error: 500 } }]);
  assert.match(late?.message ?? '', /its clock is 90 s ahead of this host's/);
});

test('doctor: the timing plan, and the config key beside it', () => {
  const timing = { ttl: 30_000, loopWait: 10_000, retryTimeout: 10_000, stopBudget: 0, drift: 0 };
  const half = planOf(timing, { ttl: 30_000, guaranteed: 15_000 }, 500);
  assert.deepEqual([half.validity, half.failover], [15_000, { earliest: 5000, latest: 30_500 }]);
  const graded = (config: string, given = true) =>
    grades(timingFindings(half, timing, viewOf('s', undefined, { config }), given));
  assert.deepEqual(graded('{"a":1}'), ['ok', 'ok']);
  assert.deepEqual(graded('{"ttl":30}'), ['ok', 'ok']);
  assert.deepEqual(graded('{"ttl":40}'), ['ok', 'ok', 'wrong']);
  assert.deepEqual(graded('{"ttl":40}', false), ['ok', 'ok', 'note']);
  assert.deepEqual(graded('{"ttl":25}'), ['ok', 'ok', 'wrong', 'wrong']);
  assert.deepEqual(graded('{"ttl":"x"}'), ['ok', 'ok', 'wrong']);
  const bad = timingFindings(half, timing, viewOf('s', undefined, { config: '{"ttl":-5,"loop_wait":"abc"}' }), true);
  assert.deepEqual(
    bad.slice(2).map(({ grade, message }) => [grade, message]),
    [
      ['wrong', 'ttl: it must be 20 s or more, got -5; Patroni takes 20 s'],
      [
        'wrong',
        'loop_wait: it must be a whole number of seconds, 1 or more, got "abc"; Patroni takes nothing of a config with this',
      ],
    ],
  );
  const short = planOf(timing, { ttl: 20_000, guaranteed: 10_000 }, 0);
  const [renewal] = timingFindings(short, timing, viewOf('s', undefined, {}), true);
  assert.match(renewal?.message ?? '', /10 s only, and renews every 10 s: it would lose office/);
});

test('doctor: of a healthy SQLite store nothing is wrong and nothing is changed; of a sick one the code is 1', async (t) => {
  const path = join(await folder(t), 'store.db');
  const url = `embedded://${path}`;
  await using dcs = await open(`${url}?scope=s&name=a`);
  await dcs.announce({ state: 'running' });
  await dcs.campaign();
  await using raw = file(path);
  const before = await raw.read('/');
  const well = await doctor(t, url, '--scope', 's');
  assert.deepEqual([well.code, wrongOf(well.told)], [0, []]);
  assert.deepEqual((await raw.read('/')).entries, before.entries);
  await raw.commit({ guards: [], writes: [{ type: 'put', key: '/service/s/initialize', value: '' }] });
  const sick = await doctor(t, url, '--scope', 's');
  assert.equal(sick.code, 1);
  assert.match(wrongOf(sick.told).join('\n'), /^initialize: a bootstrap has begun/);
  const pretty = await finished(t, ['doctor', '--store', url, '--scope', 's']);
  assert.match(pretty.stdout, /^key +initialize +wrong +a bootstrap has begun/m);
  assert.match(pretty.stdout, /1 wrong, 0 to note\n$/);
  const tsv = await finished(t, ['doctor', '--store', url, '--scope', 's', '--format', 'tsv']);
  assert.match(tsv.stdout, /^topic\tsubject\tgrade\tmessage\n/);
  assert.match(tsv.stdout, /^key\tinitialize\twrong\ta bootstrap has begun/m);
  const yaml = await finished(t, ['doctor', '--store', url, '--scope', 's', '--format', 'yaml']);
  assert.deepEqual([tsv.code, yaml.code], [1, 1]);
  const told = parse(yaml.stdout) as Told;
  assert.deepEqual([wrongOf(told), told.plan], [wrongOf(sick.told), sick.told.plan]);
});

test('doctor: real servers are well, and each says its version, its session and its plan', async (t) => {
  for (const store of storesOf(await everyServer())) {
    const { code, told } = await doctor(t, urlOf(store, 'well', { ttl: '12' }));
    assert.deepEqual([code, wrongOf(told)], [0, []], store.name);
    assert.equal(told.findings.find(({ topic }) => topic === 'server')?.grade, 'ok');
    const { earliest = -1, latest = 0 } = told.plan?.failover ?? {};
    assert.ok(earliest >= 0 && earliest < latest && latest >= 12_000, JSON.stringify(told.plan));
  }
});

test('doctor: a reader of etcd is told each key that it may not write; without a server the code is 3', async (t) => {
  const cluster = await startEtcd({ version: '3.5', fast: true, auth: true, args: ['--bcrypt-cost', '4'] });
  t.after(async () => await cluster.stop());
  await cluster.ctl(['role', 'add', 'reader']);
  await cluster.ctl(['role', 'grant-permission', 'reader', 'read', '--prefix=true', '/service/']);
  await cluster.ctl(['role', 'grant-permission', 'reader', 'readwrite', '/service/s/config']);
  await cluster.ctl(['user', 'add', 'reader:pw']);
  await cluster.ctl(['user', 'grant-role', 'reader', 'reader']);
  const { code, told } = await doctor(t, `etcd://reader:pw@${cluster.endpoints.join()}/s?name=a&retry_timeout=2`);
  assert.equal(code, 1);
  assert.deepEqual(refusedOf(told), [WRITTEN.filter((name) => name !== 'config')]);
  await using root = await open(`etcd://root:root@${cluster.endpoints.join()}/s?name=b`);
  assert.equal((await root.view()).config.version, null);
  const unknown = await doctor(t, `etcd://reader:wrong@${cluster.endpoints.join()}/s?name=a&retry_timeout=2`);
  assert.equal(unknown.code, 1, 'it was reached');
  assert.match(wrongOf(unknown.told).join('\n'), /authentication failed/);
  const away = await doctor(t, 'etcd://127.0.0.1:1/s?ttl=5&loop_wait=1&retry_timeout=1');
  assert.equal(away.code, 3);
  assert.match(wrongOf(away.told).join('\n'), /127\.0\.0\.1:1: .*ECONNREFUSED/);
});

test('doctor: a reader of Consul may neither write nor open a session, and its agent may keep its version', async (t) => {
  const cluster = await startConsul({ fast: true, acl: true });
  t.after(async () => await cluster.stop());
  const { SecretID } = await newToken(cluster, 'reader', 'key_prefix "service/s/" { policy = "read" }');
  const { host } = new URL(cluster.url.replace('consul:', 'http:'));
  const url = `consul://${SecretID}@${host}/s?name=a&session_ttl_min=1&ttl=12`;
  const { code, told } = await doctor(t, url);
  assert.equal(code, 1);
  const wrong = told.findings.filter(({ grade }) => grade === 'wrong').map(({ topic }) => topic);
  assert.deepEqual([wrong, refusedOf(told)], [['permission', 'session'], [WRITTEN]]);
  assert.match(told.findings[0]?.message ?? '', /^Consul; its version is not told: it answers with status 403, /);
  assert.equal(told.plan, null);
});

test('doctor: on ZooKeeper each key that may not be written is told, by its own ACL or that above it, group by group', async (t) => {
  const cluster = await startZooKeeper({ version: '3.9' });
  t.after(async () => await cluster.stop());
  await using raw = await Raw.open(cluster.endpoints, 'admin:secret');
  const but = (permission: number) => [digestOf('admin:secret'), { ...ANYONE, permission }];
  await raw.create('/service', '');
  for (const path of ['/service/s', '/service/grouped']) await raw.create(path, '', but(READ));
  await raw.create('/service/s/status', '{"optime":1}', but(READ | 2));
  await raw.create('/service/grouped/1', '');
  await raw.create('/service/grouped/1/status', '{"optime":1}');
  const examine = async (scope: string, ...args: string[]) => {
    const url = `${cluster.url}/${scope}?name=a&tick_time=0.5&ttl=9&loop_wait=1&retry_timeout=2`;
    const { code, told } = await doctor(t, url, ...args);
    return { code, refused: refusedOf(told), told };
  };
  const reader = await examine('s');
  const names = WRITTEN.filter((name) => name !== 'status');
  assert.deepEqual([reader.code, reader.refused], [1, [names]]);
  assert.match(wrongOf(reader.told)[0] ?? '', /no permission \(code -102\)$/);
  const ended = await examine('s', '--group', '3');
  assert.deepEqual(ended.refused, [WRITTEN.map((name) => `3/${name}`)]);
  const [all, one] = [await examine('grouped'), await examine('grouped', '--group', '1')];
  assert.deepEqual([all.code, all.refused, one.code, one.refused], [0, [], 0, []]);
  assert.equal((one.told as { group?: number }).group, 1);
});

/** The keys that may not be written, one list for each thing that the store said. */
function refusedOf({ findings }: Told): string[][] {
  const refused = findings.filter(({ topic, grade }) => topic === 'permission' && grade === 'wrong');
  return refused.map(({ message }) => /^refused for (.*?): /.exec(message)?.[1]?.split(', ') ?? []);
}

function grades(findings: readonly Finding[]): string[] {
  return findings.map(({ grade }) => grade);
}

/** The view of keys, relative to the scope; one whose last segment begins with `*` has a session. */
function viewOf(scope: string, group: number | undefined, keys: Record<string, string>) {
  const layout = new Layout({ scope, ...(group === undefined ? {} : { group }) });
  const entries = Object.entries(keys).map(([key, value]): [string, Entry] => [
    `/service/${scope}/${key.replace('*', '')}`,
    { value, version: '1' as Version, ...(key.includes('*') ? { session: 'x' } : {}) },
  ]);
  const snapshot: Snapshot = { entries: new Map(entries), asOf: 0, stale: false };
  return parseView(layout, snapshot, systemClock);
}
