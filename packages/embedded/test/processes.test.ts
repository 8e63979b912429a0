import assert from 'node:assert/strict';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { test } from 'node:test';
import { file } from '../src/index.ts';
import { Child, put, temporaryFile, values } from './help.ts';

test('another process sees a change within 50 ms', async (t) => {
  const path = temporaryFile(t);
  const store = file(path);
  t.after(() => store.close());
  const watcher = new Child(t, 'watcher', [path]);
  assert.match(await watcher.line(), /^- /);
  const delays: number[] = [];
  for (let i = 1; i <= 40; i++) {
    // At changing distances, so that no poll of the watcher can be in step with the writer.
    await store.clock.sleep(i);
    await store.commit(put('k', String(i)));
    const committed = process.hrtime.bigint();
    const [value, at] = (await watcher.line()).split(' ');
    assert.equal(value, String(i));
    delays.push(Number(BigInt(String(at)) - committed) / 1e6);
  }
  delays.sort((a, b) => a - b);
  const [median, worst] = [delays[delays.length >> 1] ?? Number.NaN, delays.at(-1)];
  t.diagnostic(`median ${median.toFixed(2)} ms, worst ${worst?.toFixed(2)} ms`);
  assert.ok(median < 50, `median ${median} ms`);
});

test('a writer killed at any moment loses no acknowledged commit and leaves no lock', async (t) => {
  const path = temporaryFile(t);
  const store = file(path);
  t.after(() => store.close());
  let acknowledged = 0;
  for (let round = 0; round < 12; round++) {
    const writer = new Child(t, 'counter', [path]);
    for (let lines = 0; lines < 5 + 7 * round; lines++) acknowledged = Number(await writer.line());
    writer.process.kill('SIGKILL');
    for (const line of await writer.rest()) acknowledged = Number(line);
    // The kill may have come between a commit and its line.
    const stored = Number(values(await store.read('k')).k);
    assert.ok(stored === acknowledged || stored === acknowledged + 1, `${acknowledged} acknowledged, ${stored} stored`);
    assert.ok(await store.commit(put('other', String(round)), { timeout: 1_000 }));
  }
  t.diagnostic(`${acknowledged} acknowledged commits`);
});

test('guarded commits of several processes lose no update', async (t) => {
  const path = temporaryFile(t);
  const each = 150;
  const writers = [0, 1, 2].map(() => new Child(t, 'counter', [path, String(each)]));
  const lines = (await Promise.all(writers.map((writer) => writer.rest()))).flat().map(Number);
  assert.deepEqual(writers.map(({ errors }) => errors).join(''), '');
  assert.equal(new Set(lines).size, lines.length);
  const store = file(path);
  t.after(() => store.close());
  assert.deepEqual([lines.length, values(await store.read('k')).k], [3 * each, String(3 * each)]);
});

test('a process stopped inside a write transaction stops nobody beyond their deadlines', async (t) => {
  const path = temporaryFile(t);
  const store = file(path);
  t.after(() => store.close());
  const session = await store.openSession(60_000);
  await store.commit(put('k', 'before'));
  const holder = new Child(t, 'holder', [path]);
  assert.equal(await holder.line(), 'inside');
  holder.process.kill('SIGSTOP');

  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const timeout = 500;
  const start = performance.now();
  const unavailable = { code: 'UNAVAILABLE', maybeApplied: false };
  await Promise.all([
    assert.rejects(store.commit(put('k', 'late'), { timeout }), unavailable),
    assert.rejects(session.renew(undefined, { timeout }), unavailable),
    assert.rejects(store.openSession(1_000, { timeout }), unavailable),
  ]);
  const took = performance.now() - start;
  delay.disable();
  // Twice the deadline leaves a loaded machine as much again; a blocking wait would show in the event loop's delay.
  assert.ok(took >= timeout && took < 2 * timeout, `took ${took} ms`);
  t.diagnostic(`median event loop delay ${delay.percentile(50) / 1e6} ms`);
  assert.ok(delay.percentile(50) / 1e6 < 30, 'the event loop was blocked');

  assert.deepEqual(values(await store.read('')), { k: 'before' });
  const reason = new Error('enough');
  const abort = new AbortController();
  const aborted = assert.rejects(store.commit(put('k', 'aborted'), { signal: abort.signal }), reason);
  abort.abort(reason);
  await aborted;
  const second = file(path);
  const closed = assert.rejects(second.commit(put('k', 'closed')), { code: 'CLOSED' });
  await second.close();
  await closed;

  holder.process.kill('SIGKILL');
  await holder.exit();
  assert.ok(await store.commit(put('after', 'v'), { timeout: 1_000 }));
  assert.deepEqual(values(await store.read('')), { k: 'before', after: 'v' });
  assert.ok(await session.renew());
});

test('an idle process uses at most 1 % of one processor', async (t) => {
  const idle = new Child(t, 'idle', [temporaryFile(t)]);
  const share = Number(await idle.line());
  t.diagnostic(`${(share * 100).toFixed(3)} %`);
  assert.ok(share <= 0.01, `${share * 100} %`);
  assert.equal(await idle.exit(), 0);
});

test('an open watch and session keep no process up, and only the one known warning is held back', async (t) => {
  const quiet = new Child(t, 'quiet', [temporaryFile(t)]);
  assert.equal(await quiet.line(), 'done');
  assert.equal(await quiet.exit(), 0);
  assert.match(quiet.errors, /another experiment/);
  assert.doesNotMatch(quiet.errors, /SQLite/);
});
