import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Layout, parseView, SystemClock, type Version } from '@tenure/core';
import { memberParts } from '../src/cli/member-table.ts';
import { fitted, kept, linesOf, spare, tableParts } from '../src/cli/parts.ts';
import { viewParts } from '../src/cli/view.ts';
import { cluster } from './cluster.ts';
import { until } from './tools.ts';

const BIN = fileURLToPath(new URL('../bin/tenure.js', import.meta.url));
const letters = (count: number) => Array.from({ length: count }, (_, index) => `row ${index}`);

test('screen: what fits is shown whole, and of what does not the middle is left out, with its count', () => {
  const parts = [...tableParts(['+ a +', '| b |', '+---+', ...letters(10), '+---+']), kept('note')];
  assert.deepEqual(fitted(parts, 15), linesOf(parts));
  assert.deepEqual(fitted(parts, 9), [
    ...['+ a +', '| b |', '+---+', 'row 0', 'row 1'],
    ' … 7 more lines, for which this terminal has no room …',
    ...['row 9', '+---+', 'note'],
  ]);
});

test('screen: parts share the room, the short ones stay whole, and a text of several lines counts as these', () => {
  const parts = [spare(letters(50).join('\n')), kept('between'), spare('one', 'two'), spare(...letters(40))];
  const shown = fitted(parts, 13);
  assert.equal(shown.length, 13);
  assert.ok(['between', 'one', 'two'].every((line) => shown.includes(line)));
  assert.deepEqual(
    shown.flatMap((line) => /… (\d+) more/.exec(line)?.[1] ?? []),
    ['46', '36'],
  );
});

test('screen: a terminal that is too small for the notes alone says so too', () => {
  assert.deepEqual(fitted([kept('a', 'b', 'c'), spare('x', 'y')], 2), [
    'a',
    ' … 3 more lines, for which this terminal has no room …',
  ]);
});

test('screen: list, topology and watch keep maintenance mode, staleness and problems below 60 members', () => {
  const members = Object.fromEntries(letters(60).map((name) => [`members/${name.replace(' ', '')}`, '{}']));
  const others = Object.fromEntries(letters(60).map((name) => [`other/${name}`, 'x']));
  const keys = { ...members, ...others, config: '{"pause":true}' };
  const version = '1' as Version;
  const entries = new Map(
    Object.entries(keys).map(([path, value]) => [`/service/batman/${path}`, { value, version, session: 's' }]),
  );
  const view = parseView(new Layout({ scope: 'batman' }), { entries, asOf: 0, stale: true }, new SystemClock());
  for (const tree of [false, true]) {
    const shown = fitted(memberParts(view, 'pretty', { extended: false, tree }), 23);
    assert.equal(shown.length, 23);
    assert.match(shown[0] ?? '', /^\+ Cluster: batman/);
    assert.match(shown[1] ?? '', /^\| Member/);
    assert.ok(shown.includes(' Maintenance mode: on'));
    assert.match(shown.at(-1) ?? '', /^ STALE: /);
    assert.equal(shown.filter((line) => line.startsWith(' Problem: ')).length, 8);
    assert.equal(shown.filter((line) => line.startsWith(' … 5')).length, 2);
  }
  const watched = fitted(viewParts(view, 'etcd'), 23);
  assert.equal(watched.length, 23);
  assert.match(watched[0] ?? '', /STALE/);
  assert.ok(watched.includes('60 problems'));
  assert.ok(watched.some((line) => line.startsWith('config ')));
});

test('list -w: a terminal of ten lines has maintenance mode below what it has room for', async (t) => {
  const at = await cluster(t);
  await at.put('config', '{"pause":true}');
  for (const name of letters(20)) await at.put(`members/${name.replace(' ', '')}`, '{}');
  const words = [process.execPath, BIN, 'list', '-w', '--store', at.url, '--scope', 's'];
  // A terminal of its own, which is made ten lines high before the command begins.
  const line = `stty rows 10 cols 100; exec ${words.map((word) => `'${word}'`).join(' ')}`;
  const terminal = spawn('script', ['-qec', line, '/dev/null'], { stdio: ['pipe', 'pipe', 'ignore'] });
  t.after(() => terminal.kill());
  let shown = '';
  terminal.stdout.on('data', (text) => {
    shown += text;
  });
  await until('the screen', () => shown.includes('\u001b[J'));
  assert.match(shown, / … 17 more lines, for which this terminal has no room …/);
  assert.match(shown, /Maintenance mode: on/);
});
