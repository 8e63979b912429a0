import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { file } from '@tenure/embedded';
import { open } from 'tenure';
import { finished, folder, tenure, until } from './tools.ts';

async function place(t: TestContext): Promise<{ readonly url: string; readonly path: string }> {
  const path = join(await folder(t), 'store.db');
  return { url: `embedded://${path}`, path };
}

function lines(text: string): Record<string, never>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, never>);
}

test('status: one line of JSON with leader, token, members, documents and problems', async (t) => {
  const { url, path } = await place(t);
  await using dcs = await open(`${url}?scope=s&name=n1`);
  await dcs.announce({ state: 'running', role: 'replica', xlog_location: 100 });
  await using behind = await open(`${url}?scope=s&name=n2`);
  await behind.announce({ state: 'running', role: 'replica', xlog_location: 70 });
  await using silent = await open(`${url}?scope=s&name=n3`);
  await silent.announce({ state: 'running', role: 'replica' });
  const lease = await dcs.campaign();
  await dcs.status.write({ optime: 100 }, { fence: lease });
  await dcs.config.write({ ttl: 30 });
  const raw = file(path);
  await raw.commit({ guards: [], writes: [{ type: 'put', key: '/service/s/other', value: 'x' }] });
  await raw.close();
  const { code, stdout, stderr } = await finished(t, ['status', '--store', url, '--scope', 's']);
  assert.equal(code, 0, stderr);
  const [view, ...rest] = lines(stdout);
  assert.equal(rest.length, 0);
  assert.partialDeepStrictEqual(view, {
    namespace: 'service',
    scope: 's',
    leader: { name: 'n1', token: 1 },
    token: 1,
    members: [
      { name: 'n1', leader: true, lag: 0, data: { state: 'running' } },
      { name: 'n2', leader: false, lag: 30 },
      { name: 'n3', leader: false, lag: null },
    ],
    config: { value: { ttl: 30 } },
    problems: [{ key: '/service/s/other' }],
    stale: false,
  });
});

test('status: an empty scope, a missing file, an unreachable store, and wrong words have codes of their own', async (t) => {
  const { url } = await place(t);
  const missing = await finished(t, ['status', '--store', url]);
  assert.deepEqual([missing.code, missing.stdout], [1, '']);
  assert.match(missing.stderr, /there is no such store/);
  const dcs = await open(`${url}?scope=s&name=n1`);
  await dcs.config.write({ a: 1 });
  await dcs.close();
  const empty = await finished(t, ['status', '--store', url, '--scope', 'empty']);
  assert.equal(empty.code, 0);
  assert.partialDeepStrictEqual(lines(empty.stdout)[0], { leader: null, token: 0, members: [] });
  const away = await finished(t, ['status', '--store', 'etcd://127.0.0.1:1/s?ttl=5&loop_wait=1&retry_timeout=1']);
  assert.equal(away.code, 3, away.stderr);
  assert.match(away.stderr, /etcd/);
  for (const [args, wanted] of [
    [['status', '--store', 'redis://h/s'], /redis:\/\/ is unknown/],
    ...['10.0.0.1:2379', 'localhost:2379/api', 'user:secret@h1:2379,h2:2379'].map(
      (store) =>
        [
          ['status', '--store', store],
          /does not say which store that is; write etcd:\/\/[^@:]*:2379.*, consul:\/\//,
        ] as const,
    ),
    [['status', '--store', 'store.db'], /is no URL; a file is named with --config/],
    [['status', '--stroe', url], /Did you mean --store/],
    [['stauts'], /Did you mean status/],
    [['status', '--store', url, '--config', 'x.yaml'], /give only one/],
  ] as const) {
    const { code, stderr } = await finished(t, args);
    assert.equal(code, 2, stderr);
    assert.match(stderr, wanted);
  }
});

test('status: TENURE_STORE names the store, --config wins over it, and the default is said', async (t) => {
  const { url, path } = await place(t);
  const dcs = await open(`${url}?scope=s&name=n1`);
  await dcs.config.write({ a: 1 });
  await dcs.close();
  const byEnv = await finished(t, ['status', '--scope', 's'], { env: { TENURE_STORE: url } });
  assert.partialDeepStrictEqual(lines(byEnv.stdout)[0], { scope: 's', config: { value: { a: 1 } } });
  const config = join(await folder(t), 'c.yaml');
  await writeFile(config, `scope: s\nembedded:\n  path: ${path}\n`);
  const byFile = await finished(t, ['status', '--config', config], { env: { TENURE_STORE: 'etcd://127.0.0.1:1/x' } });
  assert.partialDeepStrictEqual(lines(byFile.stdout)[0], { scope: 's', config: { value: { a: 1 } } });
  const state = await folder(t);
  const byDefault = await finished(t, ['run', '--ttl', '1', '--', 'true'], { env: { XDG_STATE_HOME: state } });
  assert.equal(byDefault.code, 0, byDefault.stderr);
  assert.ok(byDefault.stderr.includes(`using the embedded file ${state}/tenure/tenure.db`));
  const then = await finished(t, ['status'], { env: { XDG_STATE_HOME: state } });
  assert.partialDeepStrictEqual(lines(then.stdout)[0], { scope: 'default', token: 1 });
});

test('watch: a line for the state now and one for each change, until a signal', async (t) => {
  const { url } = await place(t);
  await using dcs = await open(`${url}?scope=s&name=n1`);
  // What watches makes no store.
  await dcs.config.read();
  const watching = tenure(t, ['watch', '--store', url, '--scope', 's', '--json']);
  await until('the first line', () => lines(watching.stdout()).length === 1);
  const lease = await dcs.campaign();
  await until('the election', () => lines(watching.stdout()).at(-1)?.token === 1);
  await lease.release();
  await until('the release', () => lines(watching.stdout()).at(-1)?.leader === null);
  watching.process.kill('SIGINT');
  const { code, stderr } = await watching.ended;
  assert.deepEqual([code, stderr], [130, '']);
});

test('watch: a store that was never there is told at once', async (t) => {
  const { code, stderr } = await finished(t, [
    'watch',
    '--store',
    'etcd://127.0.0.1:1/s?ttl=5&loop_wait=1&retry_timeout=1',
  ]);
  assert.equal(code, 3, stderr);
});

test('watch: ends without a word when nobody reads it any more', async (t) => {
  const { url } = await place(t);
  await using dcs = await open(`${url}?scope=s&name=n1`);
  // What watches makes no store.
  await dcs.config.read();
  const watching = tenure(t, ['watch', '--store', url, '--scope', 's']);
  await until('the first line', () => watching.stdout() !== '');
  watching.process.stdout?.destroy();
  await dcs.config.write({ a: 1 });
  const { code, stderr } = await watching.ended;
  assert.deepEqual([code, stderr], [0, '']);
});
