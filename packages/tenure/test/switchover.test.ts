import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Dcs, Lease } from '@tenure/core';
import { type Cluster, cluster } from './cluster.ts';
import { until } from './tools.ts';

interface Led extends Cluster {
  readonly n1: Dcs;
  readonly n2: Dcs;
  readonly n3: Dcs;
  readonly lease: Lease;
}

/** n1 leads; n2 and n3 could; n4 is tagged nofailover. */
async function led(t: TestContext): Promise<Led> {
  const at = await cluster(t);
  const [n1, n2, n3, n4] = [await at.member('n1'), await at.member('n2'), await at.member('n3'), await at.member('n4')];
  for (const member of [n1, n2, n3]) await member.announce({ state: 'running' });
  await n4.announce({ state: 'running', tags: { nofailover: true } });
  return { ...at, n1, n2, n3, lease: await n1.campaign() };
}

async function asked(at: Cluster, request: string): Promise<void> {
  await until(`the request ${request}`, async () => (await at.raw('failover')) === request);
}

test('switchover: asks the leader in the bytes of Patroni, and tells who leads then', async (t) => {
  const at = await led(t);
  const running = at.start('switchover', ['--candidate', 'n2', '--leader', 'n1'], { input: 'y\n' });
  await asked(at, '{"leader":"n1","member":"n2"}');
  await at.lease.release();
  await until('the release', () => running.stderr().includes('n1 leads no more'));
  await at.n2.campaign();
  const { code, stdout, stderr } = await running.ended;
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^\+ Cluster: s \(uninitialized\) -.*\| n1 /s);
  assert.match(stdout, /\ncandidates: n2, n3\nnot:\n {2}n1 is the leader\n {2}n4 is tagged nofailover\n$/);
  assert.match(
    stderr,
    /^Switch s over from n1 to n2\? \[y\/N\] tenure: asked for: switchover from n1 to n2\ntenure: n1 leads no more\ntenure: n2 leads, after [\d.]+ s\n$/,
  );
});

test('switchover --json: another than the candidate leads, and the exit code says so', async (t) => {
  const at = await led(t);
  const running = at.start('switchover', ['--candidate', 'n2', '--yes', '--json']);
  await asked(at, '{"leader":"n1","member":"n2"}');
  await at.lease.release();
  await at.n3.campaign();
  const { code, stdout, stderr } = await running.ended;
  assert.equal(code, 1);
  const result = { asked: { leader: 'n1', candidate: 'n2' }, outcome: 'elsewhere', leader: 'n3' };
  assert.partialDeepStrictEqual(JSON.parse(stdout), result);
  assert.match(stderr, /n3 leads, after [\d.]+ s, and not n2\n$/);
});

test('switchover: a request that is taken back, replaced or left alone is a failure, and told as what it is', async (t) => {
  const at = await led(t);
  const withdrawn = at.start('switchover', ['--yes']);
  await asked(at, '{"leader":"n1"}');
  await at.n1.failover.clear();
  const first = await withdrawn.ended;
  assert.equal(first.code, 1);
  assert.match(first.stderr, /the request was taken back after [\d.]+ s, and n1 still leads; its log says why\n$/);

  const replaced = at.start('switchover', ['--yes']);
  await asked(at, '{"leader":"n1"}');
  await at.n3.failover.write({ candidate: 'n3' });
  const second = await replaced.ended;
  assert.equal(second.code, 1);
  assert.match(second.stderr, /somebody else asked for something else after [\d.]+ s; this request is gone\n$/);

  const third = await at.run('switchover', ['--yes', '--timeout', '0.5']);
  assert.equal(third.code, 1);
  assert.match(third.stdout, /^what is asked for already will be replaced: failover to n3$/m);
  assert.match(
    third.stderr,
    /n1 still leads after 0\.\d+ s; the request stands; tenure flush switchover takes it back\n$/,
  );
  assert.equal(await at.raw('failover'), '{"leader":"n1"}');

  const left = at.start('switchover', ['--yes']);
  await until('the request', () => left.stderr().includes('asked for: '));
  left.process.kill('SIGINT');
  const fourth = await left.ended;
  assert.equal(fourth.code, 130);
  assert.match(fourth.stderr, /the request stands; tenure flush switchover takes it back\n$/);
});

test('switchover --scheduled: stored with an offset and not waited for; flush takes it back', async (t) => {
  const at = await led(t);
  const scheduled = await at.run('switchover', ['--yes', '--scheduled', '2130-01-31T04:00+01:00']);
  assert.equal(scheduled.code, 0, scheduled.stderr);
  assert.equal(scheduled.stderr, 'tenure: scheduled: switchover from n1 at 2130-01-31T03:00:00+00:00\n');
  assert.equal(await at.raw('failover'), '{"leader":"n1","scheduled_at":"2130-01-31T03:00:00+00:00"}');
  const dry = await at.run('flush', ['switchover', '--dry-run']);
  assert.deepEqual([dry.code, dry.stdout], [0, 'pending: switchover from n1 at 2130-01-31T03:00:00+00:00\n']);
  const no = await at.run('flush', ['switchover'], { input: 'n\n' });
  assert.equal(no.code, 1);
  assert.notEqual(await at.raw('failover'), '{}');
  const flushed = await at.run('flush', ['switchover'], { input: 'y\n' });
  assert.equal(flushed.code, 0, flushed.stderr);
  assert.equal(await at.raw('failover'), '{}');
  const nothing = await at.run('flush', ['switchover', '--yes', '--json']);
  assert.deepEqual([nothing.code, nothing.stdout], [0, '{"flushed":null}\n']);
});

test('flush: one that nobody can read is taken back too, and one that changed meanwhile is not', async (t) => {
  const at = await cluster(t);
  await at.put('failover', '{"leader":"n1","scheduled_at":"soon"}');
  const flushed = await at.run('flush', ['switchover', '--yes']);
  assert.equal(flushed.code, 0, flushed.stderr);
  assert.match(flushed.stdout, /^pending: failover.scheduled_at is not a time with an offset: "soon"\n$/);
  assert.equal(await at.raw('failover'), '{}');
  await at.put('failover', '{"leader":"n1"}');
  const asking = at.start('flush', ['switchover'], { input: { open: true } });
  await until('the question', () => asking.stderr().includes('[y/N]'));
  await at.put('failover', '{"leader":"n2"}');
  asking.process.stdin?.end('y\n');
  const { code, stderr } = await asking.ended;
  assert.equal(code, 1);
  assert.match(stderr, /refused: it was changed by someone else; nothing was written\n$/);
  assert.equal(await at.raw('failover'), '{"leader":"n2"}');
});

test('switchover and failover: what cannot be is refused with the reason, and nothing is written', async (t) => {
  const at = await led(t);
  for (const [command, args, code, wanted] of [
    ['switchover', ['--leader', 'n2'], 1, 'n2 is not the leader of s; that is n1'],
    ['switchover', ['--primary', 'n2'], 1, 'n2 is not the leader of s; that is n1'],
    [
      'switchover',
      ['--primary', 'n2', '--leader', 'n1'],
      2,
      '--leader and --primary are the same: give only one of them',
    ],
    ['switchover', ['--candidate', 'n1'], 1, 'n1 is the leader'],
    ['switchover', ['--candidate', 'n4'], 1, 'n4 is tagged nofailover'],
    ['switchover', ['--candidate', 'N2'], 1, 'N2 is no member of s; its members are n1, n2, n3, n4'],
    ['switchover', ['--scheduled', '2020-01-01T00:00Z'], 1, '--scheduled: 2020-01-01T00:00Z is in the past'],
    [
      'switchover',
      ['--scheduled', '2130-01-01T00:00'],
      2,
      '--scheduled: "2130-01-01T00:00" is not a time with its offset from UTC, as in 2030-01-31T04:00+01:00, or now',
    ],
    ...['9999-12-31T23:59:59-14:00', '0000-01-01T00:00:00+14:00'].map(
      (time) =>
        [
          'switchover',
          ['--scheduled', time],
          2,
          `--scheduled: "${time}" is in UTC not in the years 0 to 9999`,
        ] as const,
    ),
    ['failover', [], 2, 'name who shall lead with --candidate: n1, n2, n3, n4'],
    ['failover', ['--candidate', 'n4'], 1, 'n4 is tagged nofailover'],
  ] as const) {
    const ended = await at.run(command, ['--yes', ...args]);
    assert.deepEqual([ended.code, ended.stdout, ended.stderr], [code, '', `tenure: ${wanted}\n`]);
  }
  assert.equal(await at.raw('failover'), undefined);
});

test('switchover --dry-run: tells what would be written', async (t) => {
  const at = await led(t);
  for (const [args, wanted] of [
    [[], 'switchover from n1 to the healthiest now'],
    [['--candidate', 'n2'], 'switchover from n1 to n2 now'],
    [
      ['--candidate', 'n2', '--scheduled', '2130-01-01T00:00Z'],
      'switchover from n1 to n2 at 2130-01-01T00:00:00+00:00',
    ],
  ] as const) {
    const { code, stdout, stderr } = await at.run('switchover', ['--dry-run', ...args]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, new RegExp(`^would be written: ${wanted.replace('+', '\\+')}$`, 'm'));
  }
  await at.put('failover', '{"leader":"n1","scheduled_at":"soon"}');
  const { stdout } = await at.run('switchover', ['--dry-run']);
  assert.match(stdout, /^what stands there will be replaced: failover\.scheduled_at is not a time/m);
});

test('switchover --scheduled: a time that came before the answer did is refused', async (t) => {
  const at = await led(t);
  const due = Date.now() + 6000;
  const asking = at.start('switchover', ['--scheduled', new Date(due).toISOString()], { input: { open: true } });
  await until('the question', () => asking.stderr().includes('[y/N]'));
  await sleep(due - Date.now() + 10);
  asking.process.stdin?.end('y\n');
  const { code, stderr } = await asking.ended;
  assert.equal(code, 1);
  assert.match(stderr, /tenure: --scheduled: \S+ is in the past\n$/);
  assert.equal(await at.raw('failover'), undefined);
});

test('switchover: a paused cluster wants a candidate by name and schedules nothing', async (t) => {
  const at = await led(t);
  await at.n1.config.write({ pause: true });
  const unnamed = await at.run('switchover', ['--yes']);
  assert.equal(unnamed.code, 1);
  assert.match(unnamed.stderr, /s is paused: only a candidate that is named with --candidate can take over/);
  const later = await at.run('switchover', ['--yes', '--candidate', 'n2', '--scheduled', '2130-01-01T00:00Z']);
  assert.equal(later.code, 1);
  assert.match(later.stderr, /s is paused: nothing can be scheduled/);
  const named = await at.run('switchover', ['--dry-run', '--candidate', 'n2', '--scheduled', 'now', '--json']);
  assert.equal(named.code, 0, named.stderr);
  assert.deepEqual(JSON.parse(named.stdout), {
    dryRun: true,
    asked: { leader: 'n1', candidate: 'n2' },
    candidates: ['n2', 'n3'],
    others: [
      { name: 'n1', obstacles: [{ code: 'leader', message: 'is the leader' }] },
      { name: 'n4', obstacles: [{ code: 'nofailover', message: 'is tagged nofailover' }] },
    ],
  });
  assert.equal(await at.raw('failover'), undefined);
});

test('switchover: who is behind is no candidate now, and may be one by the time that is scheduled', async (t) => {
  const at = await led(t);
  await at.n1.status.write({ optime: 50_000_000 });
  await at.n1.announce({ state: 'running', xlog_location: 50_000_000 });
  await at.n2.announce({ state: 'running', xlog_location: 1 });
  await at.n3.announce({ state: 'stopped', xlog_location: 50_000_000 });
  const now = await at.run('switchover', ['--yes']);
  assert.equal(now.code, 1);
  assert.equal(
    now.stderr,
    [
      's has no candidate',
      'n1 is the leader',
      'n2 is 49999999 bytes behind, over maximum_lag_on_failover 1048576',
      'n3 is not running: stopped',
      'n4 is tagged nofailover, does not tell how far it is',
      '',
    ]
      .join('\n')
      .replace(/^(?=.)/gm, 'tenure: '),
  );
  const words = ['--yes', '--candidate', 'n2', '--scheduled', '2130-01-31T04:00:00.25Z'];
  const later = await at.run('switchover', words);
  assert.equal(later.code, 0, later.stderr);
  assert.equal(
    await at.raw('failover'),
    '{"leader":"n1","member":"n2","scheduled_at":"2130-01-31T04:00:00.250000+00:00"}',
  );
});

test('failover: gives an office that is vacant to the candidate; a switchover is not possible then', async (t) => {
  const at = await led(t);
  await at.lease.release();
  const none = await at.run('switchover', ['--yes']);
  assert.deepEqual([none.code, none.stderr], [1, 'tenure: s has no leader to take over from; failover gives it one\n']);
  const running = at.start('failover', ['--candidate', 'n2'], { input: 'y\n' });
  await asked(at, '{"member":"n2"}');
  // Who empties the key before anybody leads may be about to.
  await at.n2.failover.clear();
  await at.n2.campaign();
  const { code, stderr } = await running.ended;
  assert.equal(code, 0, stderr);
  assert.match(stderr, /^Fail s over to n2\? \[y\/N\] tenure: asked for: failover to n2\ntenure: n2 leads, after /);
});

test('failover: a candidate that is not synchronous is warned of, and a leader that is deposed is named', async (t) => {
  const at = await led(t);
  await at.n1.config.write({ synchronous_mode: true });
  await at.n1.sync.write({ leader: 'n1', quorum: 0, standbys: ['N3'] });
  const to = async (name: string) => await at.run('failover', ['--candidate', name], { input: 'n\n' });
  const [risky, safe] = [await to('n2'), await to('n3')];
  assert.deepEqual([risky.code, safe.code], [1, 1]);
  assert.match(risky.stdout, /^warning: n2 is not a synchronous standby: what was acknowledged may be lost$/m);
  assert.match(risky.stderr, /^Fail s over to n2, deposing n1\? \[y\/N\] tenure: nothing was written\n$/);
  assert.doesNotMatch(safe.stdout, /warning/);
  // Who led last has it all.
  await at.lease.release();
  assert.doesNotMatch((await to('n1')).stdout, /warning/);
  await at.n1.campaign();
  const hand = await at.run('switchover', ['--yes', '--candidate', 'n2']);
  assert.deepEqual([hand.code, hand.stderr], [1, 'tenure: n2 is not a synchronous standby\n']);
});

test('switchover: a request that came while it asked is not overwritten', async (t) => {
  const at = await led(t);
  const asking = at.start('switchover', ['--candidate', 'n2'], { input: { open: true } });
  await until('the question', () => asking.stderr().includes('[y/N]'));
  await at.n3.failover.write({ leader: 'n1', candidate: 'n3' });
  asking.process.stdin?.end('y\n');
  const { code, stderr } = await asking.ended;
  assert.equal(code, 1);
  assert.match(stderr, /refused: somebody else asked for something meanwhile; nothing was written\n$/);
  assert.equal(await at.raw('failover'), '{"leader":"n1","member":"n3"}');
});

test('switchover: of a sharded cluster the group is named in words, not by the file of the machine', async (t) => {
  const at = await cluster(t);
  const [n1, n2] = [await at.member('n1', 2), await at.member('n2', 2)];
  for (const member of [n1, n2]) await member.announce({ state: 'running' });
  await n1.campaign();
  const config = join(at.folder, 'tenure.yml');
  writeFileSync(config, `scope: s\ngroup: 2\nname: n1\nstore: ${at.url}\n`);
  const implied = await at.runWith(['switchover', '--config', config, '--yes']);
  assert.deepEqual(
    [implied.code, implied.stderr],
    [2, 'tenure: s has groups: name the one that is meant with --group\n'],
  );
  const scheduled = ['switchover', '--config', config, '--yes', '--group', '2', '--scheduled', '2130-01-31T04:00Z'];
  const named = await at.runWith(scheduled);
  assert.equal(named.code, 0, named.stderr);
  assert.equal(await at.raw('2/failover'), '{"leader":"n1","scheduled_at":"2130-01-31T04:00:00+00:00"}');
  assert.equal((await at.runWith(['flush', 'switchover', '--config', config, '--yes'])).code, 0);
  assert.equal(await at.raw('2/failover'), '{}');
});
