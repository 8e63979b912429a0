import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Dcs } from '@tenure/core';
import { memory } from '@tenure/embedded';
import { parseJsonObject } from '../src/document-text.ts';
import { numberTexts } from '../src/number-text.ts';
import { parseYamlObject } from '../src/parse-yaml.ts';
import { Writes } from '../src/ui/writes.ts';
import { cluster, editor } from './cluster.ts';

const BIG = '12345678901234567890';
const ROUNDED = '12345678901234567000';
const CONFIG = `{"ttl":30,"x":{"y":[1,${BIG}]},"loop_wait":10}`;
const WHY = `x.y.1 is ${BIG}, which cannot be kept: it would become ${ROUNDED}; nothing was written: change or remove it, or make it a text`;

test('a number in a field that nobody touched is never rounded by a command', async (t) => {
  const at = await cluster(t);
  await at.put('config', CONFIG);
  const opened = join(at.folder, 'opened');
  for (const [command, ...args] of [
    ['edit-config', '-s', 'loop_wait=11', '--yes'],
    ['edit-config', '-s', 'loop_wait=11', '--dry-run'],
    ['edit-config', '-s', 'x=null', '-s', `z=${ROUNDED}`, '--yes'],
    ['edit-config', '--yes'],
    ['pause', '--yes'],
    ['config', 'patch', 'loop_wait=11'],
    ['config', 'set', JSON.stringify(JSON.parse(CONFIG))],
  ] as const) {
    const sub = command === 'config' ? ['config', args[0], '--store', at.url, '--scope', 's', ...args.slice(1)] : [];
    const options = editor(at, `touch ${opened}`);
    const { code, stdout, stderr } = sub.length > 0 ? await at.runWith(sub) : await at.run(command, args, options);
    assert.deepEqual([code, stdout, stderr], [1, '', `tenure: ${WHY}\n`], command);
    assert.equal(await at.raw('config'), CONFIG);
  }
  assert.equal(existsSync(opened), false);
  await at.put('config', `{"pause":true,"x":1e400}`);
  const resumed = await at.run('resume', ['--yes']);
  assert.equal(resumed.stderr.split(';')[0], 'tenure: x is 1e400, which cannot be kept: it would become Infinity');
  assert.equal(await at.raw('config'), '{"pause":true,"x":1e400}');
});

test('a number that would be rounded can be changed and removed, and what is spelled in another way is no loss', async (t) => {
  const at = await cluster(t);
  await at.put('config', `{"ttl":30,"x":${BIG},"same":${ROUNDED},"tiny":1e-400,"zero":0}`);
  const changed = await at.run('edit-config', ['--yes', '-s', 'x=1', '-s', 'tiny=null']);
  assert.equal(changed.code, 0, changed.stderr);
  assert.equal(await at.raw('config'), `{"ttl":30,"x":1,"same":${ROUNDED},"zero":0}`);
  await at.put('config', '{"a":1.0,"b":1E2,"c":-0.0,"d":0.10,"e":12.50e-1,"f":1e21,"\\"g\\"":"1e400"}');
  const spelled = await at.run('edit-config', ['--yes', '-s', 'ttl=1']);
  assert.equal(spelled.code, 0, spelled.stderr);
  const wanted = '{"a":1,"b":100,"c":0,"d":0.1,"e":1.25,"f":1e+21,"\\"g\\"":"1e400","ttl":1}';
  assert.equal(await at.raw('config'), wanted);
});

test('what only Python takes for JSON is told by its field', async (t) => {
  const at = await cluster(t);
  await at.put('config', '{"a":"NaN","b":{"c":[0,-Infinity]}}');
  for (const [command, ...args] of [
    ['pause', '--yes'],
    ['edit-config', '-s', 'ttl=1', '--yes'],
  ] as const) {
    const { code, stderr } = await at.run(command, args);
    assert.equal(code, 1);
    const why = 'b.c.1 is -Infinity, which Python writes and JSON does not have';
    assert.equal(
      stderr,
      `tenure: config is not a JSON object: ${why}; replace it with: tenure edit-config --replace\n`,
    );
  }
});

test('a number that a user writes is stored as it was written, or refused with its place', async (t) => {
  const at = await cluster(t);
  const why = `is ${BIG}, which cannot be kept: it would become ${ROUNDED}`;
  const place = { message: `here, line 2, column 6: x.y ${why}` };
  assert.throws(() => parseJsonObject(`{"x":{"y":\n     ${BIG}}}`, 'here'), place);
  assert.throws(() => parseYamlObject(`x:\n  y: ${BIG}`, 'here'), { message: `here, line 2, column 6: x.y ${why}` });
  assert.throws(() => parseYamlObject('x: [1e400]', 'here'), /^SyntaxError: here, line 1, column 5: x is 1e400, /);
  assert.throws(
    () => parseYamlObject('x: 0xfffffffffffffffff', 'here'),
    /: x is 0xfffffffffffffffff, which cannot be kept/,
  );
  const other = { a: 511, b: 255, c: 1000, d: 1.5, e: 100, f: 5430 };
  assert.deepEqual(parseYamlObject('a: 0777\nb: 0xff\nc: 1_000\nd: +1.50\ne: 1.0e+2\nf: 1:30:30', 'here'), other);
  for (const [command, ...args] of [
    ['edit-config', '--yes', '-s', `x=${BIG}`],
    ['config', 'patch', '--store', at.url, '--scope', 's', `x=${BIG}`],
  ] as const) {
    const done = command === 'config' ? await at.runWith([command, ...args]) : await at.run(command, args);
    assert.deepEqual([done.code, done.stderr.endsWith(` ${why}\n`)], [2, true], done.stderr);
  }
  assert.equal(await at.raw('config'), undefined);
});

test('ui: a number that would be rounded is refused, and what was shown is not stored', async () => {
  await using store = memory();
  const key = '/service/s/config';
  const put = await store.commit({ guards: [], writes: [{ type: 'put', key, value: CONFIG }] });
  await using dcs = new Dcs({ store, scope: 's', name: 'n1' });
  const writes = new Writes(dcs);
  const text = `loop_wait: 11\nttl: 30\nx:\n  y:\n  - 1\n  - ${ROUNDED}\n`;
  const asked = { scope: 's', group: null, seen: { version: put?.versions.get(key) ?? null, text } };
  for (const dryRun of [true, false]) {
    await assert.rejects(writes.config({ ...asked, text, dryRun }), { message: WHY });
  }
  await assert.rejects(writes.pause({ ...asked, paused: true }), { message: WHY });
  assert.equal((await store.read(key)).entries.get(key)?.value, CONFIG);
});

test('every number of a JSON is found by its path, and nothing else', () => {
  const json = '{"a":[1,{"b,]":"2","c":[[],{},-3e-4]},null,true],"\\u0064\\"{":{"e":5},"f":"\\\\","g":6}';
  assert.deepEqual(
    [...numberTexts(json)].map(({ path, text }) => [path.join('/'), text]),
    [
      ['a/0', '1'],
      ['a/1/c/2', '-3e-4'],
      ['d"{/e', '5'],
      ['g', '6'],
    ],
  );
  assert.deepEqual([...numberTexts('7')], [{ path: [], text: '7', offset: 0 }]);
  assert.deepEqual([...numberTexts(']}, 1')].length, 1);
});
