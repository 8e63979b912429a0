import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { startZooKeeper } from '../../../test/servers/index.ts';
import { Raw } from '../../zookeeper/test/help.ts';
import { finished, folder } from './tools.ts';

const server = await startZooKeeper({ version: '3.9' });
after(async () => await server.stop());
const CONFIG = '{"ttl":30}';

/** A stopped cluster as Patroni leaves it: of its directories some are empty by now. */
async function stopped(scope: string): Promise<(...args: readonly string[]) => string[]> {
  await using raw = await Raw.open([server.url.slice('zookeeper://'.length)]);
  if (scope === 's') await raw.create('/service', '');
  for (const [key, value] of [
    ['', ''],
    ['/config', CONFIG],
    ...['/members', '/optime', '/1', '/1/members'].map((directory) => [directory, ''] as const),
    ['/members/a', '{}'],
    ['/optime/leader', '1'],
    ['/1/members/b', '{}'],
  ] as const) {
    await raw.create(`/service/${scope}${key}`, value);
  }
  for (const key of ['members/a', 'optime/leader', '1/members/b', '1/members']) {
    await raw.remove(`/service/${scope}/${key}`);
  }
  return (...args) => [...args, '--scope', scope];
}

const STORE = ['--store', `${server.url}?tick_time=0.5&ttl=12&retry_timeout=3`];

test('ZooKeeper: directories that are empty by now are no keys to any command', async (t) => {
  const of = await stopped('s');
  const listed = await finished(t, of('list', ...STORE));
  assert.equal(listed.code, 0, listed.stderr);
  assert.doesNotMatch(listed.stdout, /Problem/);
  const examined = await finished(t, of('doctor', ...STORE));
  assert.match(examined.stdout, /^key +s +ok +0 members, and nothing suspicious$/m);
  const exported = await finished(t, of('export', ...STORE));
  assert.equal(exported.code, 0, exported.stderr);
  const { keys } = JSON.parse(exported.stdout) as { keys: { key: string; value: string }[] };
  assert.deepEqual(
    keys.map(({ key, value }) => [key, value]),
    [['config', CONFIG]],
  );
  const path = join(await folder(t), 'copy.db');
  const moved = await finished(t, of('migrate', '--from', STORE[1] ?? '', '--to', `embedded://${path}`));
  assert.match(moved.stderr, /1 key was copied, read again and found the same/);
});

test('ZooKeeper: a scope of empty directories is an empty one, to import and to migrate', async (t) => {
  const of = await stopped('target');
  await using raw = await Raw.open([server.url.slice('zookeeper://'.length)]);
  await raw.remove('/service/target/config');
  const own = await folder(t);
  const source = `embedded://${join(own, 'source.db')}`;
  await finished(t, ['config', 'set', CONFIG, '--store', source, '--scope', 'target']);
  const exported = await finished(t, of('export', '--store', source));
  const file = join(own, 'export.json');
  await writeFile(file, exported.stdout);
  for (const args of [
    ['import', file, ...STORE],
    ['migrate', '--from', source, '--to', STORE[1] ?? ''],
  ]) {
    const { code, stderr } = await finished(t, of(...args, '--dry-run'));
    assert.equal(code, 0, stderr);
  }
  const imported = await finished(t, of('import', file, ...STORE));
  assert.match(imported.stderr, /1 write was done/);
});

test('ZooKeeper: a key of another application is one still, and an empty leaf too', async (t) => {
  const of = await stopped('other');
  await using raw = await Raw.open([server.url.slice('zookeeper://'.length)]);
  await raw.set('/service/other/members', 'x');
  await raw.create('/service/other/leaf', '');
  const { stdout } = await finished(t, of('list', ...STORE));
  assert.deepEqual(
    [...stdout.matchAll(/^ Problem: (\S+): not a key of this layout/gm)].map(([, key]) => key),
    ['/service/other/leaf', '/service/other/members'],
  );
});
