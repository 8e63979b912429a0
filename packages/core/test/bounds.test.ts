import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { Bounds } from '../src/bounds.ts';
import { systemClock } from '../src/clock.ts';
import { DcsError } from '../src/errors.ts';

const late = new Error('late');
const endless = () => new Promise<never>(() => {});

function call(options = {}, closing = new AbortController()) {
  const caller = new AbortController();
  const bounds = new Bounds(systemClock, closing.signal, { signal: caller.signal, timeout: 60_000, ...options });
  const state = { sent: false };
  const keep = (work: () => Promise<unknown> = endless) =>
    bounds.keep(work, { timedOut: () => late, unsettled: () => state.sent });
  return { bounds, caller, closing, state, keep };
}

test('what bounds a call is checked before anything begins', () => {
  for (const timeout of [0, -1, Number.NaN]) assert.throws(() => call({ timeout }), { name: 'RangeError' });
  const reason = new Error('left');
  assert.throws(() => call({ signal: AbortSignal.abort(reason) }), reason);
  const closing = new AbortController();
  closing.abort(reason);
  assert.throws(() => call({}, closing), reason);
});

test('a call settles with its work, and leaves no listener', async () => {
  const { caller, closing, bounds, keep } = call();
  assert.equal(await keep(async () => 'done'), 'done');
  const failure = new Error('failed');
  await assert.rejects(
    keep(() => Promise.reject(failure)),
    failure,
  );
  assert.equal(bounds.signal.aborted, false);
  for (const { signal } of [caller, closing]) assert.equal(getEventListeners(signal, 'abort').length, 0);
});

test('the timeout and the caller end a call, and stop its work', async () => {
  const timed = call({ timeout: 1 });
  await assert.rejects(timed.keep(), late);
  assert.equal(timed.bounds.signal.reason, late);
  const left = call();
  const ended = left.keep();
  const reason = new Error('left');
  left.caller.abort(reason);
  await assert.rejects(ended, reason);
  assert.equal(left.bounds.signal.aborted, true);
});

test('closing ends a call, which tells when what it was writing may be there', async () => {
  const reason = new DcsError('CLOSED', 'closed', { store: 'mystore' });
  for (const sent of [false, true]) {
    const { closing, state, keep } = call();
    const ended = keep();
    state.sent = sent;
    closing.abort(reason);
    await assert.rejects(ended, { code: 'CLOSED', message: 'closed', store: 'mystore', maybeApplied: sent });
  }
});
