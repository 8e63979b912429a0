import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../src/index.ts';

test('timers fire in order of time, then in the order they were set', async () => {
  const clock = new VirtualClock();
  const fired: string[] = [];
  const note = (name: string) => () => {
    fired.push(`${name}@${clock.now()}`);
  };
  clock.timer(20, note('c'));
  clock.timer(10, note('a'));
  clock.timer(10, note('b'));
  const cancel = clock.timer(15, note('never'));
  clock.timer(5, () => clock.timer(1, note('nested')));
  cancel();
  await clock.advance(19);
  assert.deepEqual(fired, ['nested@6', 'a@10', 'b@10']);
  await clock.advance(1);
  assert.deepEqual(fired.slice(3), ['c@20']);
  assert.equal(clock.wall() - clock.now(), new VirtualClock().wall());
});

test('promises settle between two timers', async () => {
  const clock = new VirtualClock();
  const steps: string[] = [];
  const work = (async () => {
    await clock.sleep(10);
    for (let i = 0; i < 50; i++) await null;
    steps.push(`worked@${clock.now()}`);
    await clock.sleep(5);
    steps.push(`again@${clock.now()}`);
  })();
  clock.timer(11, () => steps.push(`timer@${clock.now()}`));
  await clock.advance(100);
  await work;
  assert.deepEqual(steps, ['worked@10', 'timer@11', 'again@15']);
  assert.equal(clock.now(), 100);
});

test('a sleep rejects with the reason of its signal, before and during', async () => {
  const clock = new VirtualClock();
  const reason = new Error('enough');
  await assert.rejects(clock.sleep(10, AbortSignal.abort(reason)), reason);
  const abort = new AbortController();
  const sleeping = assert.rejects(clock.sleep(10, abort.signal), reason);
  abort.abort(reason);
  await sleeping;
  await clock.advance(20);
});
