import assert from 'node:assert/strict';
import { renameSync } from 'node:fs';
import { test } from 'node:test';
import { DcsError } from '@tenure/core';
import { file, VirtualClock } from '../src/index.ts';
import { Lookout } from '../src/lookout.ts';
import { MemoryData } from '../src/memory-data.ts';
import { put, seen, temporaryFile, values } from './help.ts';

const IN_TIME = () => false;

/** The data of a real store, whose looks can be refused and are counted. */
class Refusing extends MemoryData {
  refusal: DcsError | undefined;
  readonly reads: string[] = [];

  override mark() {
    if (this.refusal !== undefined) throw this.refusal;
    return super.mark();
  }

  override read(prefix: string) {
    this.reads.push(prefix);
    return super.read(prefix);
  }
}

for (const code of ['DENIED', 'INVALID_DATA', 'LIMIT', 'UNAVAILABLE'] as const) {
  test(`a look that fails with ${code} makes a watch stale, and does not end it`, async () => {
    const clock = new VirtualClock();
    const data = new Refusing(clock);
    const watch = new Lookout(data, clock).watch('', { staleAfter: 1_000 });
    assert.equal((await watch.next()).value.stale, false);
    data.refusal = new DcsError(code, 'not now');
    data.commit(put('k', 'v'), IN_TIME);
    const stale = watch.next();
    await clock.advance(1_000);
    assert.deepEqual([(await stale).value.stale, (await stale).value.entries.size], [true, 0]);
    data.refusal = undefined;
    const next = watch.next();
    // The longest pause between two looks that fail.
    await clock.advance(1_000);
    const { value } = await next;
    assert.deepEqual([value.stale, values(value)], [false, { k: 'v' }]);
    await watch.return();
  });
}

test('a refused first read ends that watch alone', async () => {
  const clock = new VirtualClock();
  const data = new Refusing(clock);
  const lookout = new Lookout(data, clock);
  const old = lookout.watch('', {});
  await old.next();
  data.refusal = new DcsError('DENIED', 'not now');
  await assert.rejects(lookout.watch('', {}).next(), { code: 'DENIED' });
  data.refusal = undefined;
  data.commit(put('k', 'v'), IN_TIME);
  assert.deepEqual(values((await old.next()).value), { k: 'v' });
  await old.return();
});

test('a change is read for the watches of its key alone', async () => {
  const clock = new VirtualClock();
  const data = new Refusing(clock);
  const lookout = new Lookout(data, clock);
  const watches = ['', 'a', 'a/', 'b/'].map((prefix) => lookout.watch(prefix, {}));
  for (const watch of watches) await watch.next();
  data.reads.length = 0;
  data.commit(put('a/k', 'v'), IN_TIME);
  for (const watch of watches.slice(0, 3)) assert.deepEqual(values((await watch.next()).value), { 'a/k': 'v' });
  assert.deepEqual(data.reads, ['', 'a', 'a/']);
  lookout.close(new Error('closed'));
});

test('file: what others change reaches each watch, whatever its prefix, and so does an expiry', async (t) => {
  const path = temporaryFile(t);
  const [a, b] = [file(path), file(path)];
  t.after(async () => await Promise.all([a.close(), b.close()]));
  // Two that begin with the same half of a character, and one within another.
  const prefixes = ['x/\u{10ffff}/', 'x/\u{10fffe}/', 'x/\u{10fffe}/in/'];
  const watches = prefixes.map((prefix) => a.watch(prefix)[Symbol.asyncIterator]());
  for (const watch of watches) assert.equal((await seen(watch, () => true)).entries.size, 0);
  const session = await b.openSession(300);
  for (const prefix of prefixes) {
    await b.commit({ guards: [], writes: [{ type: 'put', key: `${prefix}k`, value: 'v', session }] });
  }
  // One of this process in between, which must not hide those of the other.
  await a.commit(put(`${prefixes[0]}own`, 'v'));
  const wanted = [2, 2, 1];
  for (const [i, watch] of watches.entries()) await seen(watch, ({ entries }) => entries.size === wanted[i]);
  for (const [i, watch] of watches.entries()) await seen(watch, ({ entries }) => entries.size === (i === 0 ? 1 : 0));
});

test('file: a session that was removed by hand leaves no key that a guard sees', async (t) => {
  const path = temporaryFile(t);
  const store = file(path);
  t.after(() => store.close());
  const session = await store.openSession(60_000);
  await store.commit({ guards: [], writes: [{ type: 'put', key: 'k', value: 'old', session }] });
  const db = new (process.getBuiltinModule('node:sqlite').DatabaseSync)(path, { timeout: 5_000 });
  db.exec('DELETE FROM sessions');
  db.close();
  assert.equal((await store.read('')).entries.size, 0);
  assert.ok(await store.commit({ guards: [{ key: 'k', version: null }], writes: put('k', 'new').writes }));
  assert.deepEqual(values(await store.read('')), { k: 'new' });
});

test('file: a watch goes on after the file was away', async (t) => {
  const path = temporaryFile(t);
  const store = file(path);
  t.after(() => store.close());
  await store.commit(put('k', 'v'));
  const watch = store.watch('', { staleAfter: 300 })[Symbol.asyncIterator]();
  await seen(watch, ({ stale }) => !stale);
  const [away, back] = [`${path}.away`, path];
  for (const suffix of ['', '-wal', '-shm']) renameSync(path + suffix, away + suffix);
  await seen(watch, ({ stale }) => stale);
  for (const suffix of ['-wal', '-shm', '']) renameSync(away + suffix, back + suffix);
  await seen(watch, ({ stale, entries }) => !stale && entries.size === 1);
});
