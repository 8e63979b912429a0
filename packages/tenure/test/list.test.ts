import assert from 'node:assert/strict';
import { existsSync, renameSync } from 'node:fs';
import { test } from 'node:test';
import { Layout, parseView, SystemClock, type Version } from '@tenure/core';
import { file } from '@tenure/embedded';
import { memberLines } from '../src/cli/member-table.ts';
import { clusters, type Keys, stored } from './patroni-clusters.ts';
import { finished, tenure, until } from './tools.ts';

/** What `list` prints of these keys, without a store. */
function listed(keys: Keys, { stale = false, tree = false } = {}): string[] {
  const version = '1' as Version;
  const entries = new Map(
    Object.entries(keys).map(([path, value]) => [`/service/batman/${path}`, { value, version, session: 's' }]),
  );
  class Later extends SystemClock {
    override now(): number {
      return 12_000;
    }
  }
  const view = parseView(new Layout({ scope: 'batman' }), { entries, asOf: 0, stale }, new Later());
  return memberLines(view, 'pretty', { extended: false, tree });
}

const notes = (lines: readonly string[]) => lines.slice(lines.findLastIndex((line) => line.startsWith('+')) + 1);

for (const [title, keys, expected] of [
  ['a healthy cluster has none', {}, []],
  ['a switchover for now', { failover: '{"leader":"a"}' }, [' Switchover requested', '                    from: a']],
  ['a failover', { failover: ':b' }, [' Failover requested', '                      to: b']],
  ['a leader who is no member', { leader: 'z' }, [' Leader z has no member key']],
  [
    'a bad value',
    { failover: '{"leader":"a","scheduled_at":"soon"}' },
    [' Problem: /service/batman/failover: failover.scheduled_at is not a time with an offset: "soon"'],
  ],
] as const) {
  test(`below the table: ${title}`, () => assert.deepEqual(notes(listed({ ...clusters.small, ...keys })), expected));
}

test('below the table: a stale state says for how long', () => {
  const stale = [' STALE: the state could not be confirmed for 12 s'];
  assert.deepEqual(notes(listed(clusters.small, { stale: true })), stale);
});

test('without a status no lag is known, and none is shown as 0', () => {
  const { status: _, ...keys } = clusters.small;
  const row = listed(keys).find((line) => line.startsWith('| pg2'));
  assert.match(row ?? '', /\|\s+0\/5FFFED8 \|\s+\|\s+0\/5D00160 \|\s+\|/);
});

test('members that follow each other in a ring are shown', () => {
  const ring = (name: string) => JSON.stringify({ tags: { replicatefrom: name } });
  const lines = listed({ ...clusters.small, 'members/x': ring('y'), 'members/y': ring('x') }, { tree: true });
  const names = lines.flatMap((line) => /^\| ( *\+ )?[a-z0-9]+ /.exec(line)?.[0].slice(2).trimEnd() ?? []);
  assert.deepEqual(names, ['pg1', '+ pg2', '+ x', '  + y']);
});

test('what members wrote cannot move the cursor, and wide letters keep the rules straight', () => {
  const keys = { ...clusters.small, 'members/日本': JSON.stringify({ state: '\u001b[2J\u009b', host: 'h😀' }) };
  const lines = listed(keys).filter((line) => /^[|+]/.test(line));
  assert.ok(lines.every((line) => !line.includes('\u001b') && !line.includes('\u009b')));
  const row = lines.find((line) => line.includes('日本'));
  // Three characters take two columns each.
  assert.equal([...(row ?? '')].length + 3, lines[0]?.length);
});

test('topology for machines tells whom a member follows', async (t) => {
  const { url } = await stored(t, clusters.large);
  const args = ['topology', '--store', url, '--scope', 'batman', '--json'];
  const rows = JSON.parse((await finished(t, args)).stdout) as Record<string, unknown>[];
  assert.deepEqual(
    rows.map(({ Member, Follows }) => [Member, Follows]),
    [
      ['pg1', undefined],
      ['pg2', 'pg1'],
      ['pg3', 'pg2'],
      ['pg4', 'pg1'],
      ['pg5', 'pg1'],
    ],
  );
});

test('-w prints again what has changed to the eye, and nothing else', async (t) => {
  const { url, path } = await stored(t, clusters.small);
  const list = ['list', '--store', url, '--scope', 'batman', '-w', '--format', 'json'];
  const listing = tenure(t, list);
  const config = tenure(t, ['show-config', '--store', url, '--scope', 'batman', '-w', '--format', 'yaml']);
  const count = (text: string) => text.split('\n').length - 1;
  await until('the first list', () => count(listing.stdout()) === 1);
  await until('the first config', () => config.stdout() !== '');
  const first = config.stdout();
  const store = file(path);
  t.after(async () => await store.close());
  const put = async (name: string, value: string) => {
    const key = `/service/batman/${name}`;
    await store.commit({ guards: [], writes: [{ type: 'put', key, value }] });
  };
  // Of these the first shows in the list, the second in neither, the third in the config.
  await put('members/pg2', '{"state":"stopped"}');
  await until('the stopped member', () => listing.stdout().includes('"stopped"'));
  await put('failsafe', '{}');
  await put('config', '{"ttl":7}');
  await until('the new config', () => config.stdout() === `${first}---\nttl: 7\n`);
  await put('members/pg2', '{"state":"running"}');
  await until('the running member', () => count(listing.stdout()) === 3);
  for (const { process } of [listing, config]) process.kill('SIGINT');
  assert.deepEqual([(await listing.ended).code, (await config.ended).code], [130, 130]);
  assert.equal(config.stdout(), `${first}---\nttl: 7\n`);
});

test('-w tells on stderr when the state cannot be confirmed, and when it can again, and prints no list for it', async (t) => {
  const { url, path } = await stored(t, clusters.small);
  const timing = 'ttl=3&loop_wait=0.5&retry_timeout=1';
  const listing = tenure(t, ['list', '--store', `${url}?scope=batman&${timing}`, '-w', '--format', 'json']);
  await until('the list', () => listing.stdout() !== '');
  const first = listing.stdout();
  const suffixes = ['', '-wal', '-shm'].filter((suffix) => existsSync(path + suffix));
  for (const suffix of suffixes) renameSync(path + suffix, `${path}.away${suffix}`);
  await until('the doubt', () => /the state could not be confirmed for \d+ s\n/.test(listing.stderr()));
  // The database last: without the others it is another state.
  for (const suffix of suffixes.reverse()) renameSync(`${path}.away${suffix}`, path + suffix);
  await until('the proof', () => listing.stderr().includes('the state is confirmed again'));
  assert.equal(listing.stdout(), first);
});

test('show-config: a line for each value, null when there is none, and a config that cannot be read fails', async (t) => {
  const config = '{"ttl":30,"a":{"b":[1,{"c":2}],"d":{},"e":null},"\\t":"x"}';
  const { url } = await stored(t, { config });
  const of = (store: string) => ['show-config', '--store', store, '--scope', 'batman'];
  const tsv = await finished(t, [...of(url), '--format', 'tsv']);
  assert.equal(tsv.stdout, 'ttl\t30\na.b\t[1,{"c":2}]\na.d\t{}\na.e\tnull\n\ufffd\t"x"\n');
  assert.equal((await finished(t, [...of(url), '--json'])).stdout, `${config}\n`);
  const none = await finished(t, of((await stored(t, { status: '{}' })).url));
  assert.deepEqual([none.code, none.stdout], [0, 'null\n']);
  const broken = await finished(t, of((await stored(t, { config: '{' })).url));
  assert.deepEqual([broken.code, broken.stdout], [1, '']);
  assert.match(broken.stderr, /config is not a JSON object/);
});

test('show-config -w: a config that is deleted is null in every format', async (t) => {
  const { url, path } = await stored(t, { config: '{"ttl":30}' });
  const formats = { pretty: 'null', json: 'null', yaml: '---\nnull', tsv: '\tnull' };
  const watching = Object.entries(formats).map(([format, wanted]) => {
    const args = ['show-config', '--store', url, '--scope', 'batman', '-w', '--format', format];
    return { running: tenure(t, args), wanted };
  });
  for (const { running } of watching) await until('the config', () => running.stdout().includes('30'));
  await using store = file(path);
  await store.commit({ guards: [], writes: [{ type: 'delete', key: '/service/batman/config' }] });
  for (const { running, wanted } of watching) {
    await until(wanted, () => running.stdout().endsWith(`\n${wanted}\n`));
  }
});

test('history: what cannot be read fails; a line of it that cannot is told', async (t) => {
  const of = async (history: string) =>
    await finished(t, [
      'history',
      '--store',
      (await stored(t, { history })).url,
      '--scope',
      'batman',
      '--format',
      'tsv',
    ]);
  const broken = await of('{');
  assert.deepEqual([broken.code, broken.stdout], [1, '']);
  const partly = await of('[null,[2,7,"r"]]');
  assert.deepEqual([partly.code, partly.stdout.split('\n')[1]], [0, '2\t7\tr\t\t']);
  assert.match(partly.stderr, /history line 0/);
});

test('wrong words are told apart from failures', async (t) => {
  const { url } = await stored(t, clusters.small);
  for (const [args, wanted] of [
    [['list', '--store', url, '--format', 'xml'], /Allowed choices are pretty, tsv, json, yaml/],
    [['list', '--store', url, '--group', '01'], /whole number from 0/],
    [['history', '--store', url, '-e'], /unknown option/],
  ] as const) {
    const { code, stderr } = await finished(t, args);
    assert.equal(code, 2, stderr);
    assert.match(stderr, wanted);
  }
  const missing = await finished(t, ['list', '--store', `${url}.not`]);
  assert.deepEqual([missing.code, missing.stdout], [1, '']);
});
