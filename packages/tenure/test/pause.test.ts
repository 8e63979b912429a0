import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { memory } from '@tenure/embedded';
import { cluster } from './cluster.ts';
import { until } from './tools.ts';

const CONFIG = '{"ttl":30,"loop_wait":10}';
const PAUSED = '{"ttl":30,"loop_wait":10,"pause":true}';

test('pause and resume write what Patroni would, and show it first', async (t) => {
  const at = await cluster(t);
  await at.put('config', CONFIG);
  const paused = await at.run('pause', ['--yes']);
  assert.equal(paused.code, 0, paused.stderr);
  assert.match(paused.stdout, /^ loop_wait: 10\n\+pause: true$/m);
  assert.match(paused.stderr, /^tenure: s is paused, version \S+\n$/);
  assert.equal(await at.raw('config'), PAUSED);
  const again = await at.run('pause', ['--yes']);
  assert.deepEqual([again.code, again.stdout, again.stderr], [1, '', 'tenure: s is already paused\n']);
  const resumed = await at.run('resume', ['--force', '--json']);
  assert.equal(resumed.code, 0, resumed.stderr);
  assert.partialDeepStrictEqual(JSON.parse(resumed.stdout), { paused: false });
  assert.equal(await at.raw('config'), CONFIG);
  const not = await at.run('resume', ['--yes']);
  assert.deepEqual([not.code, not.stderr], [1, 'tenure: s is not paused\n']);
});

test('pause asks: yes writes; no, an ended stdin and a dry run write nothing', async (t) => {
  const at = await cluster(t);
  await at.put('config', CONFIG);
  for (const [args, input, code, wanted] of [
    [[], 'n\n', 1, /Pause s\? \[y\/N\] tenure: nothing was written\n$/],
    [[], '', 1, /nothing was written: stdin ended without an answer; --yes asks nothing\n$/],
    [['--dry-run', '--yes'], '', 0, /^tenure: dry run: nothing was written\n$/],
  ] as const) {
    const ended = await at.run('pause', args, { input });
    assert.equal(ended.code, code, ended.stderr);
    assert.match(ended.stderr, wanted);
    assert.match(ended.stdout, /\+pause: true/);
    assert.equal(await at.raw('config'), CONFIG);
  }
  const yes = await at.run('pause', [], { input: 'Yes\n' });
  assert.equal(yes.code, 0, yes.stderr);
  assert.equal(await at.raw('config'), PAUSED);
});

test('pause keeps a field that somebody changed while it asked', async (t) => {
  const at = await cluster(t);
  await at.put('config', CONFIG);
  const pausing = at.start('pause', [], { input: { open: true } });
  await until('the question', () => pausing.stderr().includes('[y/N]'));
  await at.put('config', '{"ttl":40,"loop_wait":10}');
  pausing.process.stdin?.write('y\n');
  await until('the second question', () => pausing.stderr().match(/\[y\/N\]/g)?.length === 2);
  assert.match(pausing.stderr(), /changed by someone else; your change is merged into it/);
  assert.match(pausing.stdout(), /-ttl: 30\n\+ttl: 40/);
  pausing.process.stdin?.write('y\n');
  assert.equal((await pausing.ended).code, 0);
  assert.equal(await at.raw('config'), '{"ttl":40,"loop_wait":10,"pause":true}');
});

test('pause: what is refused leaves no file, because nobody wrote it by hand', async (t) => {
  const at = await cluster(t);
  const kept = () => readdirSync(at.folder).filter((name) => name.startsWith('tenure-'));
  await at.put('config', CONFIG);
  const pausing = at.start('pause', ['--json'], { input: { open: true } });
  await until('the question', () => pausing.stderr().includes('[y/N]'));
  await at.put('config', '{"ttl":30,"pause":"later"}');
  pausing.process.stdin?.end('y\n');
  const refused = await pausing.ended;
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /refused: the config was changed by someone else; the version is \d+\n$/);
  assert.equal('kept' in JSON.parse(refused.stdout), false);
  const [front, back] = ['{"a":"', '"}'];
  await using store = memory();
  await at.put('config', `${front}${'x'.repeat(store.limits.maxValueBytes - front.length - back.length)}${back}`);
  const full = await at.run('pause', ['--yes']);
  assert.equal(full.code, 1);
  assert.match(full.stderr, /^tenure: .* bytes, the store takes at most \d+\n$/);
  assert.deepEqual(kept(), []);
});

test('pause: there must be a config, and one that can be read', async (t) => {
  const at = await cluster(t);
  await at.put('history', '[]');
  const none = await at.run('pause', ['--yes']);
  assert.deepEqual([none.code, none.stderr], [1, 'tenure: s has no config that could say so; its leader writes it\n']);
  assert.equal(await at.raw('config'), undefined);
  await at.put('config', '{}');
  const empty = await at.run('pause', ['--yes']);
  assert.deepEqual([empty.code, empty.stderr], [1, none.stderr]);
  assert.equal(await at.raw('config'), '{}');
  await at.put('config', '[');
  const broken = await at.run('pause', ['--yes']);
  assert.equal(broken.code, 1);
  assert.match(broken.stderr, /not a JSON object; replace it with: tenure edit-config --replace/);
  assert.equal(await at.raw('config'), '[');
});

test('pause --wait ends when every Patroni has said so, and names those that have not within ttl', async (t) => {
  const at = await cluster(t);
  await at.put('config', CONFIG);
  const [n1, n2, n3] = [await at.member('n1'), await at.member('n2'), await at.member('n3')];
  const data = (name: string) => ({ api_url: `http://${name}:8008/patroni`, state: 'running' });
  await n1.announce(data('n1'));
  await n2.announce(data('n2'));
  await n3.announce({ state: 'running' });
  const pausing = at.start('pause', ['--wait', '--yes', '--json']);
  await until('the pause', async () => (await at.raw('config')) === PAUSED);
  await n1.announce({ ...data('n1'), pause: true });
  assert.equal(pausing.process.exitCode, null);
  await n2.announce({ ...data('n2'), pause: true });
  const { code, stdout, stderr } = await pausing.ended;
  assert.equal(code, 0, stderr);
  assert.partialDeepStrictEqual(JSON.parse(stdout), { paused: true, notApplied: [] });
  await at.put('config', '{"ttl":1,"pause":true}');
  const resuming = at.start('resume', ['--wait', '--yes']);
  await until('the end of the pause', async () => (await at.raw('config')) === '{"ttl":1}');
  await n1.announce(data('n1'));
  const late = await resuming.ended;
  assert.equal(late.code, 1);
  assert.match(late.stderr, /s is resumed, version \S+\ntenure: not applied by n2\n$/);
});

test('a scope of groups wants one of them by name, and each has a config of its own', async (t) => {
  const at = await cluster(t);
  await at.put('0/config', CONFIG);
  await at.put('12/config', CONFIG);
  const which = await at.run('pause', ['--yes']);
  assert.equal(which.code, 2);
  assert.equal(which.stderr, 'tenure: s has the groups 0, 12, each a cluster of its own: name one with --group\n');
  const paused = await at.run('pause', ['--yes', '--group', '12']);
  assert.equal(paused.code, 0, paused.stderr);
  assert.deepEqual([await at.raw('0/config'), await at.raw('12/config')], [CONFIG, PAUSED]);
  const wrong = await at.run('pause', ['--yes', '--group', '-1']);
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /whole number/);
});
