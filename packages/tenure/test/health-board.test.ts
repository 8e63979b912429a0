import assert from 'node:assert/strict';
import { uptime } from 'node:os';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { answer } from '../src/health/answer.ts';
import { LeaseBoard } from '../src/health/lease-board.ts';
import { hostNow } from './tools.ts';

const SUBJECT = { scope: 's', name: 'a' };

/** A deadline that lies so many milliseconds ahead on each clock of the host. */
function ahead(monotonic: number, boot: number) {
  return { deadline: { monotonic: hostNow() + monotonic, boot: uptime() * 1000 + boot }, token: 7, standby: false };
}

test('what was posted is read, also by another thread, and what was taken down is not', () => {
  const board = new LeaseBoard();
  const reader = new LeaseBoard(board.buffer);
  assert.equal(reader.read(), undefined);
  for (const standby of [false, true, false]) {
    const posted = { deadline: { monotonic: 1234.5, boot: 98_765_432.125 }, token: 3, standby };
    board.post(posted);
    assert.deepEqual(reader.read(), posted);
  }
  board.post(undefined);
  assert.equal(reader.read(), undefined);
});

test('a suspended machine has aged when it wakes: the boot clock alone ends the lease', () => {
  assert.equal(answer('/leader', ahead(60_000, 60_000), SUBJECT).status, 200);
  // In suspend CLOCK_MONOTONIC stands still, and the boot clock goes on.
  assert.equal(answer('/leader', ahead(60_000, -1), SUBJECT).status, 503);
  assert.equal(answer('/leader', ahead(-1, 60_000), SUBJECT).status, 503);
});

test('a reader beside a writer that never rests sees whole posts only', async () => {
  const board = new LeaseBoard();
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const source = `
    const { workerData } = require('node:worker_threads');
    import(workerData.module).then(({ LeaseBoard }) => {
      const board = new LeaseBoard(workerData.buffer);
      for (let n = 1; Atomics.load(workerData.stop, 0) === 0; n = n % 1e6 + 1) {
        board.post({ deadline: { monotonic: n, boot: n }, token: n, standby: n % 2 === 1 });
      }
    });`;
  const module = new URL('../dist/health/lease-board.js', import.meta.url).href;
  const writer = new Worker(source, { eval: true, workerData: { module, buffer: board.buffer, stop } });
  const seen = new Set<number>();
  while (seen.size < 2000) {
    const posted = board.read();
    if (posted === undefined) {
      await new Promise(setImmediate);
      continue;
    }
    const { deadline, token, standby } = posted;
    assert.deepEqual(
      posted,
      { deadline: { monotonic: token, boot: token }, token, standby: token % 2 === 1 },
      `${standby} ${deadline.boot}`,
    );
    seen.add(token);
  }
  Atomics.store(stop, 0, 1);
  await writer.terminate();
});
