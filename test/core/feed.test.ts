import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SnapshotFeed } from '@tenure/core';
import { VirtualClock } from '@tenure/embedded';

const STALE_AFTER = 1000;

async function stale() {
  const clock = new VirtualClock();
  const feed = new SnapshotFeed(clock, { staleAfter: STALE_AFTER }, () => undefined);
  feed.push(new Map(), clock.now());
  assert.equal((await feed.next()).value.stale, false);
  await clock.advance(STALE_AFTER + 1);
  assert.equal((await feed.next()).value.stale, true);
  await clock.advance(10 * STALE_AFTER);
  return { clock, feed };
}

test('a proof that comes too late takes no staleness back; one that comes in time does', async () => {
  const { clock, feed } = await stale();
  const next = feed.next();
  let told = false;
  next.then(
    () => {
      told = true;
    },
    () => undefined,
  );
  feed.confirm(clock.now() - STALE_AFTER);
  await clock.advance(STALE_AFTER);
  assert.equal(told, false, 'the state is as old as it was called');
  feed.confirm(clock.now());
  assert.equal((await next).value.stale, false);
});
