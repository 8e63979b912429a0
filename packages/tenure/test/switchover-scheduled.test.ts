import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { cluster } from './cluster.ts';
import { until } from './tools.ts';

/** Further away than the longest timer of Node's. */
const FAR = '2130-01-31T04:00Z';

/** n1 leads, n2 and n3 could; the command waits for what was scheduled, for a time or in so many seconds. */
async function waiting(t: TestContext, scheduled: string | number, ...args: string[]) {
  const own = await cluster(t);
  const [n1, n2, n3] = [await own.member('n1'), await own.member('n2'), await own.member('n3')];
  for (const member of [n1, n2, n3]) await member.announce({ state: 'running' });
  const lease = await n1.campaign();
  const due = typeof scheduled === 'string' ? scheduled : inSeconds(scheduled);
  const running = own.start('switchover', ['--yes', '--candidate', 'n2', '--scheduled', due, '--wait', ...args]);
  await until('the request', () => running.stderr().includes('tenure: scheduled: switchover from n1 to n2 at '));
  return { ...own, n1, n2, n3, lease, running, due };
}

function inSeconds(seconds: number): string {
  return new Date(Date.now() + seconds * 1000).toISOString();
}

test('switchover --scheduled --wait: until it is carried out', async (t) => {
  const { lease, n2, running, due } = await waiting(t, 8, '--json');
  await sleep(Date.parse(due) - Date.now());
  assert.equal(running.stdout(), '');
  await lease.release();
  await n2.campaign();
  const { code, stdout, stderr } = await running.ended;
  assert.equal(code, 0, stderr);
  const { asked, outcome, leader } = JSON.parse(stdout) as Record<string, unknown>;
  assert.deepEqual([asked, outcome, leader], [{ leader: 'n1', candidate: 'n2', scheduledAt: due }, 'done', 'n2']);
});

test('switchover --scheduled --wait: what is flushed, replaced or interrupted before its time is a failure', async (t) => {
  const flushed = await waiting(t, FAR);
  await flushed.n1.failover.clear();
  const first = await flushed.running.ended;
  assert.equal(first.code, 1);
  assert.match(first.stderr, /the request was taken back after [\d.]+ s, and n1 still leads\n$/);

  const replaced = await waiting(t, FAR, '--json');
  await replaced.n3.failover.write({ leader: 'n1', candidate: 'n3' });
  const second = await replaced.running.ended;
  assert.equal(second.code, 1);
  assert.equal((JSON.parse(second.stdout) as { outcome: string }).outcome, 'replaced');

  const left = await waiting(t, FAR);
  left.running.process.kill('SIGINT');
  const third = await left.running.ended;
  assert.equal(third.code, 130);
  assert.match(third.stderr, /the request stands; tenure flush switchover takes it back\n$/);
  assert.doesNotMatch(third.stderr, /Warning/);
});

test('switchover --scheduled --wait: the candidate may lead before the time, and not by this request', async (t) => {
  const { lease, n1, n2, running } = await waiting(t, FAR);
  await lease.release();
  // A watch may skip what does not last.
  await until('the release', () => running.stderr().includes('n1 leads no more'));
  const again = await n1.campaign();
  await until('n1 again', () => running.stderr().includes('n1 leads again'));
  await again.release();
  await n2.campaign();
  const { code, stderr } = await running.ended;
  assert.equal(code, 1);
  assert.match(stderr, /tenure: n2 leads, before the time that was scheduled; /);
});

test('switchover --scheduled --wait: one that is overdue is a failure, and stands', async (t) => {
  const { raw, running, due } = await waiting(t, 6, '--timeout', '0.5');
  const { code, stderr } = await running.ended;
  assert.ok(Date.now() >= Date.parse(due) + 500);
  assert.equal(code, 1);
  assert.match(stderr, /n1 still leads after [\d.]+ s; the request stands; tenure flush switchover takes it back\n$/);
  assert.match((await raw('failover')) ?? '', /"leader":"n1"/);
});
