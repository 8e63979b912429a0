import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { open } from 'tenure';
import { parseYamlObject } from '../src/parse-yaml.ts';
import { utf8Text } from '../src/utf8.ts';
import { folder } from './tools.ts';

test('YAML of which JSON would make something else is refused with its place', () => {
  for (const [text, wanted] of [
    ['a: 1\nb: &loop\n  c: [*loop]', 'here, line 3, column 7: *loop is inside of what it names'],
    ['a: &loop\n  ? *loop\n  : 1', 'here, line 2, column 5: a map cannot be a key'],
    ['a: 1\n? [x]\n: 2', 'here, line 2, column 3: a list cannot be a key'],
    ['a: 1\n---\nb: 2', 'here, line 2, column 1: a second document begins; there must be one'],
  ] as const) {
    assert.throws(() => parseYamlObject(text, 'here'), { name: 'SyntaxError', message: wanted });
  }
  assert.deepEqual(parseYamlObject('a: &x {b: 1}\nc: [*x, *x]\n1: y', 'here'), {
    1: 'y',
    a: { b: 1 },
    c: [{ b: 1 }, { b: 1 }],
  });
});

test('bytes that are not UTF-8 are told by their line, also in a configuration file', async (t) => {
  const bytes = (text: string) => Buffer.from(text, 'latin1');
  assert.equal(utf8Text(Buffer.from('\ufeffé\n\u{1f600}'), 'here'), '\ufeffé\n\u{1f600}');
  for (const [text, line] of [
    ['\xe9', 1],
    ['a\nb\n\xe2\x82', 3],
    ['\xc3\xa9\n\xc3\n\xa9', 2],
    ['\n\xed\xa0\x80\n', 2],
  ] as const) {
    assert.throws(() => utf8Text(bytes(text), 'here'), { message: `here, line ${line}: it is not UTF-8` });
  }
  const path = join(await folder(t), 'tenure.yaml');
  writeFileSync(path, bytes('store: embedded\nscope: caf\xe9\n'));
  await assert.rejects(open(path), { name: 'TypeError', message: `config file ${path}, line 2: it is not UTF-8` });
});
