import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { finished, folder, tenure, until } from './tools.ts';

interface Summary {
  readonly ok: boolean;
  readonly steps: readonly { readonly title: string; readonly ok: boolean }[];
}

test('demo: every step holds, and nothing is left behind', async (t) => {
  const temporary = await folder(t);
  const { code, stdout, stderr } = await finished(t, ['demo', '--json'], { env: { TMPDIR: temporary } });
  assert.equal(code, 0, stdout + stderr);
  const last = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { readonly summary: Summary };
  assert.equal(last.summary.ok, true);
  assert.equal(last.summary.steps.length, 7);
  assert.deepEqual(readdirSync(temporary), []);
});

test('demo: Ctrl-C ends it with all its members', async (t) => {
  const temporary = await folder(t);
  const demo = tenure(t, ['demo', '--json'], { env: { TMPDIR: temporary } });
  await until('the first step', () => demo.stdout().includes('one of three is elected'));
  demo.process.kill('SIGINT');
  const { code, stderr } = await demo.ended;
  assert.deepEqual([code, stderr], [130, '']);
  assert.deepEqual(readdirSync(temporary), []);
});
