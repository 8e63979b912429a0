import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { table } from '../src/cli/terminal.ts';
import { cluster } from './cluster.ts';
import { finished } from './tools.ts';

const BIN = fileURLToPath(new URL('../bin/tenure.js', import.meta.url));

test('a table is aligned also where letters take two columns', () => {
  const [, wide, narrow] = table(
    ['NAME', 'NEXT'],
    [
      ['日本語ノード', 'a'],
      ['node', 'b'],
    ],
  );
  assert.deepEqual([wide, narrow], ['日本語ノード  a', 'node          b']);
});

test('no control character of the store reaches the terminal with an error', async (t) => {
  const at = await cluster(t);
  await at.put('leader', '\u001b]0;owned\u0007\u009b31m');
  await at.put('config', '{}');
  const to = `embedded://${join(at.folder, 'to.db')}`;
  const { code, stderr } = await finished(t, ['migrate', '--from', at.url, '--scope', 's', '--to', to]);
  assert.equal(code, 1);
  assert.match(stderr, /^tenure: s: \ufffd\]0;owned\ufffd\ufffd31m leads: stop all members/m);
});

test('a full disk behind stdout is told in one line', async (t) => {
  const at = await cluster(t);
  const n1 = await at.member('n1');
  await n1.announce({ state: 'running' });
  for (const words of [['list'], ['export'], ['list', '-w']]) {
    const all = [BIN, ...words, '--store', at.url, '--scope', 's'];
    const { status, stderr } = spawnSync('/bin/sh', ['-c', '"$@" > /dev/full', 'sh', process.execPath, ...all]);
    const lines = String(stderr).replace(/^tenure: \d+ key.*\n/m, '');
    assert.deepEqual([status, lines], [1, 'tenure: stdout cannot be written (ENOSPC)\n']);
  }
});

test('a wrong word of the command line is not blamed on the file', async (t) => {
  const at = await cluster(t);
  const file = join(at.folder, 'patroni.yml');
  for (const text of ['scope: s\nconsul: {}\nrestapi: {}\n', `scope: s\nstore: ${at.url}\n`]) {
    await writeFile(file, text);
    for (const word of ['a/b', '']) {
      const { code, stderr } = await finished(t, ['list', word, '-c', file]);
      assert.equal(code, 2);
      assert.match(
        stderr,
        /^tenure: command line: one wrong field\ntenure: {3}scope: "(a\/b)?" is not the name of the cluster/,
      );
    }
  }
  await writeFile(file, 'scope: s\nttl: 20\nconsul: {}\nloop_wait: 1\nretry_timeout: 10\n');
  const { code, stderr } = await finished(t, ['run', '-c', file, '--ttl', '5', '--', 'true']);
  assert.equal(code, 2);
  assert.match(stderr, /^tenure: {3}ttl: 5 is under/m);
});

test('a configuration file that is empty is said to be empty', async (t) => {
  const at = await cluster(t);
  const file = join(at.folder, 'empty.yml');
  await writeFile(file, '# nothing yet\n');
  const { code, stderr } = await finished(t, ['list', '-c', file]);
  assert.deepEqual([code, stderr], [2, `tenure: config file ${file}: it is empty\n`]);
});
