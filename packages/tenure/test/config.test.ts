import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { file } from '@tenure/embedded';
import { open } from 'tenure';
import { type Ended, finished, folder } from './tools.ts';

interface Place {
  readonly folder: string;
  readonly path: string;
  config(action: string, args?: readonly string[], options?: Parameters<typeof finished>[2]): Promise<Ended>;
  value(): Promise<unknown>;
  write(value: Record<string, unknown>): Promise<void>;
}

async function place(t: TestContext): Promise<Place> {
  const own = await folder(t);
  const path = join(own, 'store.db');
  const url = `embedded://${path}`;
  return {
    folder: own,
    path,
    config: async (action, args = [], options) =>
      await finished(t, ['config', action, '--store', url, '--scope', 's', ...args], options),
    value: async () => {
      await using dcs = await open(`${url}?scope=s&name=n`);
      return (await dcs.config.read()).value;
    },
    write: async (value) => {
      await using dcs = await open(`${url}?scope=s&name=n`);
      await dcs.config.write(value);
    },
  };
}

test('config: set, get and patch', async (t) => {
  const at = await place(t);
  assert.equal((await at.config('set', ['{"ttl":30,"tags":{"a":1}}'])).code, 0);
  const got = await at.config('get', ['--json']);
  const { version, value } = JSON.parse(got.stdout) as { version: string; value: unknown };
  assert.deepEqual(value, { ttl: 30, tags: { a: 1 } });
  const patched = await at.config('patch', [
    'ttl=20',
    'tags.b="x"',
    'tags.a=null',
    '{"note":"a=b"}',
    '--version',
    version,
  ]);
  assert.equal(patched.code, 0, patched.stderr);
  assert.deepEqual(await at.value(), { ttl: 20, tags: { b: 'x' }, note: 'a=b' });
  const plain = await at.config('get');
  assert.deepEqual(JSON.parse(plain.stdout), { ttl: 20, tags: { b: 'x' }, note: 'a=b' });
  assert.match(plain.stderr, /^tenure: version \S+\n$/);
  assert.equal((await at.config('set', [], { input: '{"from":"stdin"}' })).code, 0);
  assert.deepEqual(await at.value(), { from: 'stdin' });
});

test('config: a stale version is refused, the difference is shown, and the text is kept', async (t) => {
  const at = await place(t);
  await at.write({ ttl: 30 });
  const { version } = JSON.parse((await at.config('get', ['--json'])).stdout) as { version: string };
  await at.write({ ttl: 25 });
  const refused = await at.config('set', ['{"ttl":10}', '--version', version], { env: { TMPDIR: at.folder } });
  assert.equal(refused.code, 1);
  assert.match(refused.stdout, /-\s+"ttl": 25\n\+\s+"ttl": 10/);
  assert.deepEqual(JSON.parse(readFileSync(keptIn(refused), 'utf8')), { ttl: 10 });
  assert.deepEqual(await at.value(), { ttl: 25 });
  const exists = await at.config('set', ['{}', '--version', 'none'], { env: { TMPDIR: at.folder } });
  assert.equal(exists.code, 1);
});

test('config: a dry run tells what would be written, or that it would be refused, and writes nothing', async (t) => {
  const at = await place(t);
  await at.write({ ttl: 30 });
  const { version } = JSON.parse((await at.config('get', ['--json'])).stdout) as { version: string };
  const set = await at.config('set', ['{"ttl":10}', '--dry-run']);
  assert.deepEqual([set.code, set.stderr], [0, 'tenure: dry run: nothing was written\n']);
  assert.match(set.stdout, /^--- now\n\+\+\+ then\n.*\n-\s+"ttl": 30\n\+\s+"ttl": 10/ms);
  const patch = await at.config('patch', ['a=1', '--dry-run', '--json', '--version', version]);
  assert.equal(patch.code, 0, patch.stderr);
  const wanted = { dryRun: true, version, value: { ttl: 30 }, yours: { ttl: 30, a: 1 } };
  assert.deepEqual(JSON.parse(patch.stdout), wanted);
  const stale = await at.config('set', ['{"ttl":10}', '--dry-run', '--version', 'none']);
  assert.deepEqual([stale.code, stale.stderr], [1, `tenure: it would be refused: the version is ${version}\n`]);
  assert.deepEqual(await at.value(), { ttl: 30 });
});

test('config --json: a refusal is one line of JSON with what is there, what was to be written and where that is kept', async (t) => {
  const at = await place(t);
  await at.write({ ttl: 25 });
  const current = JSON.parse((await at.config('get', ['--json'])).stdout) as { version: string };
  const stale = ['{"ttl":10}', '--version', '999999', '--json'];
  const refused = await at.config('set', stale, { env: { TMPDIR: at.folder } });
  assert.equal(refused.code, 1);
  const { kept, ...rest } = JSON.parse(refused.stdout) as { kept: string };
  assert.deepEqual(rest, { refused: true, version: current.version, value: { ttl: 25 }, yours: { ttl: 10 } });
  assert.deepEqual(JSON.parse(readFileSync(kept, 'utf8')), { ttl: 10 });
});

test('config: what is not a JSON object is refused with line and column', async (t) => {
  const at = await place(t);
  for (const [text, wanted] of [
    ['{"a": 1,\n  "b": }', /argument, line 2, column 8: /],
    ['{"a": 1', /argument, line 1, column 8: /],
    ['', /line 1, column 1: /],
    ['[1]', /the config must be an object, got \[1\]/],
    ['null', /the config must be an object, got null/],
  ] as const) {
    const { code, stderr } = await at.config('set', [text]);
    assert.equal(code, 2, stderr);
    assert.match(stderr, wanted);
  }
  for (const [args, wanted] of [
    [['ttl'], /write field=value/],
    [['ttl='], /^tenure: ttl=: no value; ttl=null removes the field, ttl='""' makes it an empty text\n$/],
    [
      ['a=1', '--version', 'abc'],
      /^tenure: --version: "abc" is no version; it must be what config get tells, or "none"\n$/,
    ],
  ] as const) {
    const { code, stderr } = await at.config('patch', args);
    assert.equal(code, 2, stderr);
    assert.match(stderr, wanted);
  }
  const set = await at.config('set', ['{}', '--version', '']);
  assert.equal(set.code, 2, set.stderr);
  assert.equal((await at.config('patch', ['ttl=""'])).code, 0);
  assert.deepEqual(await at.value(), { ttl: '' });
});

test('config: one that the store has no room for is refused in one line, and kept', async (t) => {
  const at = await place(t);
  const big = JSON.stringify({ a: 'x'.repeat(2 ** 21) });
  const refused = await at.config('set', [], { input: big, env: { TMPDIR: at.folder } });
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /^tenure: yours is kept in .*\ntenure: .* bytes, the store takes at most \d+\n$/);
  assert.equal(JSON.stringify(JSON.parse(readFileSync(keptIn(refused), 'utf8'))), big);
});

test('config: a stored document that is garbage is told, not overwritten by a patch, and can be replaced', async (t) => {
  const at = await place(t);
  const raw = file(at.path);
  await raw.commit({ guards: [], writes: [{ type: 'put', key: '/service/s/config', value: '{' }] });
  await raw.close();
  const got = await at.config('get');
  assert.equal(got.code, 1);
  assert.match(got.stderr, /not a JSON object/);
  const patched = await at.config('patch', ['a=1']);
  assert.equal(patched.code, 1);
  assert.match(patched.stderr, /replace it with: tenure config set/);
  assert.equal((await at.config('set', ['{"a":2}'])).code, 0);
  assert.deepEqual(await at.value(), { a: 2 });
});

function keptIn({ stderr }: Ended): string {
  return /[Yy]ours is kept in (\S+)/.exec(stderr)?.[1] ?? assert.fail(`no path in: ${stderr}`);
}
