import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../src/clock.ts';
import type { SnapshotFeed } from '../src/feed.ts';
import { supplied } from '../src/supplied.ts';

function supplier(closing = new AbortController()) {
  const begun: { feed: SnapshotFeed; staleAfter: number; stop: AbortSignal; end: (error?: unknown) => void }[] = [];
  const watch = (options = {}) =>
    supplied(systemClock, options, closing.signal, async (feed, staleAfter, stop) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      begun.push({ feed, staleAfter, stop, end: (error) => (error === undefined ? resolve() : reject(error)) });
      await promise;
    });
  return { closing, begun, watch };
}

test('staleAfter must be more than 0, and is told before anything begins', () => {
  const { begun, watch } = supplier();
  for (const staleAfter of [0, -1, Number.NaN]) {
    assert.throws(() => watch({ staleAfter }), {
      name: 'RangeError',
      message: new RegExp(`staleAfter: ${staleAfter} ms`),
    });
  }
  watch({ staleAfter: 1 });
  assert.equal(begun.length, 0);
});

test('each iteration has a feed of its own, which stops its supply when the consumer leaves', async () => {
  const { begun, watch } = supplier();
  const states = watch({ staleAfter: 5000 });
  const [first, second] = [states[Symbol.asyncIterator](), states[Symbol.asyncIterator]()];
  assert.deepEqual(
    begun.map(({ staleAfter }) => staleAfter),
    [5000, 5000],
  );
  begun[0]?.feed.push(new Map(), systemClock.now());
  assert.equal((await first.next()).value.stale, false);
  await first.return?.();
  assert.deepEqual(
    begun.map(({ stop }) => stop.aborted),
    [true, false],
  );
  await second.return?.();
});

test('a store that closes fails every iteration, also one that begins later', async () => {
  const { closing, begun, watch } = supplier();
  const states = watch();
  const running = states[Symbol.asyncIterator]().next();
  const reason = new Error('closed');
  closing.abort(reason);
  await assert.rejects(running, reason);
  assert.equal(begun[0]?.stop.aborted, true);
  await assert.rejects(states[Symbol.asyncIterator]().next(), reason);
  assert.equal(begun.length, 1);
});

test('a supply that throws fails its iteration; one that was aborted before it began never starts', async () => {
  const { begun, watch } = supplier();
  const iterator = watch()[Symbol.asyncIterator]();
  const error = new Error('denied');
  begun[0]?.end(error);
  await assert.rejects(iterator.next(), error);
  const aborted = watch({ signal: AbortSignal.abort(error) })[Symbol.asyncIterator]();
  await assert.rejects(aborted.next(), error);
  assert.equal(begun.length, 1);
});
