import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { SystemClock } from '../src/clock.ts';
import { Rotated } from '../src/rotated.ts';
import { TlsFiles } from '../src/tls-files.ts';

function place(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'tenure-rotated-'));
  t.after(() => rmSync(folder, { recursive: true }));
  let now = 0;
  const clock = new SystemClock({ monotonic: () => now, boot: () => now, wall: () => now });
  const pass = (ms: number) => {
    now += ms;
  };
  return { path: join(folder, 'secret'), clock, pass };
}

function parsed(path: string, makes: { count: number }) {
  return () => {
    makes.count += 1;
    return JSON.parse(readFileSync(path, 'utf8')) as unknown;
  };
}

test('a file is read again when it was replaced, and not before the next look', (t) => {
  const { path, clock, pass } = place(t);
  const makes = { count: 0 };
  writeFileSync(path, '{"a":1}');
  const rotated = new Rotated([path], clock, parsed(path, makes));
  const first = rotated.current();
  assert.deepEqual(first, { a: 1 });
  pass(1000);
  assert.equal(rotated.current(), first);
  writeFileSync(`${path}.new`, '{"a":22}');
  renameSync(`${path}.new`, path);
  pass(999);
  assert.equal(rotated.current(), first);
  assert.equal(makes.count, 1);
  pass(1);
  assert.deepEqual(rotated.current(), { a: 22 });
  assert.equal(makes.count, 2);
});

test('while a rotation is half done the last good value stays, and each look tries again', (t) => {
  const { path, clock, pass } = place(t);
  writeFileSync(path, '"good"');
  const rotated = new Rotated([path], clock, parsed(path, { count: 0 }));
  writeFileSync(path, '"half');
  pass(1000);
  assert.equal(rotated.current(), 'good');
  rmSync(path);
  pass(1000);
  assert.equal(rotated.current(), 'good');
  writeFileSync(path, '"whole again"');
  pass(1000);
  assert.equal(rotated.current(), 'whole again');
});

test('what cannot be used is refused at once, in the name of the store', (t) => {
  const { path, clock } = place(t);
  assert.throws(() => new TlsFiles('mystore', { ca: path }, clock), {
    name: 'TypeError',
    message: new RegExp(`^mystore: tls.ca is ${path}, which cannot be read: ENOENT`),
  });
  writeFileSync(path, 'no certificate');
  assert.throws(() => new TlsFiles('mystore', { cert: path, key: path }, clock), {
    name: 'TypeError',
    message: /^mystore: tls.ca, tls.cert and tls.key cannot be used: /,
  });
});

test('content needs no file, and without a ca Node’s authorities are trusted', (t) => {
  const { clock } = place(t);
  const ca = new TlsFiles('mystore', {}, clock).current().ca;
  assert.match(ca.toString(), /^-----BEGIN CERTIFICATE-----/);
  assert.equal(new TlsFiles('mystore', { ca }, clock).current().ca, ca);
});
