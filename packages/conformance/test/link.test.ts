import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Harness } from '@tenure/conformance';
import { memoryHarness } from '@tenure/conformance';
import { DcsError, type Store } from '@tenure/core';

/** How long a call under a fault may wait here: nothing passes by itself in between. */
const timeout = 60;

async function outcome(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'answered';
  } catch (error) {
    return DcsError.is(error) ? `${error.code}${error.maybeApplied ? ' maybe' : ''}` : String(error);
  }
}

/** A commit through a faulty link, and what another client sees of it before and after the heal. */
async function attempt(harness: Harness, fault: 'cut' | 'mute' | 'freeze' | 'refuse') {
  const [store, observer] = [await harness.connect(), await harness.connect()];
  const there = async () => (await observer.read('/k')).entries.has('/k');
  const heal = await harness.faults?.[fault]?.(store);
  const said = await outcome(put(store, { timeout }));
  const before = await there();
  await heal?.();
  await new Promise((resolve) => setTimeout(resolve, timeout));
  const after = await there();
  const next = await outcome(store.read('/'));
  await Promise.all([store.close(), observer.close()]);
  return { said, before, after, next };
}

function put(store: Store, options: { timeout?: number; signal?: AbortSignal } = {}) {
  return store.commit({ guards: [], writes: [{ type: 'put', key: '/k', value: '' }] }, options);
}

describe('link', () => {
  test('cut: lost, surely not applied', async () => {
    const expected = { said: 'UNAVAILABLE', before: false, after: false, next: 'answered' };
    assert.deepEqual(await attempt(memoryHarness(), 'cut'), expected);
  });

  test('mute: applied, and it says so', async () => {
    const expected = { said: 'UNAVAILABLE maybe', before: true, after: true, next: 'answered' };
    assert.deepEqual(await attempt(memoryHarness(), 'mute'), expected);
  });

  test('freeze: what was held when its deadline passed never runs', async () => {
    const expected = { said: 'UNAVAILABLE', before: false, after: false, next: 'answered' };
    assert.deepEqual(await attempt(memoryHarness(), 'freeze'), expected);
  });

  test('refuse: refused at once', async () => {
    const expected = { said: 'UNAVAILABLE', before: false, after: false, next: 'answered' };
    assert.deepEqual(await attempt(memoryHarness(), 'refuse'), expected);
  });

  test('freeze: what is still wanted runs on heal', async () => {
    const harness = memoryHarness();
    await using store = await harness.connect();
    const heal = await harness.faults?.freeze?.(store);
    const call = put(store);
    const settled = await Promise.race([call, new Promise((resolve) => setTimeout(resolve, timeout, 'held'))]);
    assert.equal(settled, 'held');
    await heal?.();
    assert.ok(await call);
  });

  test('freeze: what was aborted never runs', async () => {
    const harness = memoryHarness();
    await using store = await harness.connect();
    const heal = await harness.faults?.freeze?.(store);
    const controller = new AbortController();
    const call = put(store, { signal: controller.signal });
    controller.abort('enough');
    assert.equal(await outcome(call), 'enough');
    await heal?.();
    assert.equal((await store.read('/')).entries.size, 0);
  });

  test('delay: a call whose deadline passes on the way never arrives', async () => {
    const harness = memoryHarness();
    await using store = await harness.connect();
    {
      await using _ = await harness.faults?.delay?.(store, 2 * timeout);
      assert.equal(await outcome(put(store, { timeout })), 'UNAVAILABLE');
    }
    await new Promise((resolve) => setTimeout(resolve, 2 * timeout));
    assert.equal((await store.read('/')).entries.size, 0);
  });

  test('a heal is idempotent: it does not end a later fault', async () => {
    const harness = memoryHarness();
    await using store = await harness.connect();
    const first = await harness.faults?.cut?.(store);
    await first?.();
    const second = await harness.faults?.mute?.(store);
    await first?.();
    assert.equal(await outcome(put(store, { timeout })), 'UNAVAILABLE maybe');
    await second?.();
    assert.equal(await outcome(put(store, { timeout })), 'answered');
  });

  test('a call that was lost is let go of when its caller has given up', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage: () => void = runInNewContext('gc');
    const harness = memoryHarness();
    const store = await harness.connect();
    const heal = await harness.faults?.cut?.(store);
    const send = async () => {
      const { signal } = new AbortController();
      assert.equal(await outcome(put(store, { timeout, signal })), 'UNAVAILABLE');
      return new WeakRef(signal);
    };
    const signal = await send();
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
    assert.equal(signal.deref(), undefined);
    await heal?.();
    await store.close();
  });

  test('faults of one client leave the others alone', async () => {
    const harness = memoryHarness();
    await using store = await harness.connect();
    await using other = await harness.connect();
    await using _ = await harness.faults?.cut?.(store);
    assert.equal(await outcome(put(store, { timeout })), 'UNAVAILABLE');
    assert.equal(await outcome(put(other, { timeout })), 'answered');
  });
});
