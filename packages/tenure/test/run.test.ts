import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { file } from '@tenure/embedded';
import { alive, begun, finished, folder, hostNow, overlaps, readLog, tenure, until, worker } from './tools.ts';

/** Seconds. Long enough that a busy machine does not miss two renewals in a row, each at a third of it. */
const TTL = 2;

interface Place {
  readonly log: string;
  readonly path: string;
  /** The first words of `tenure run` under this name. */
  run(name: string, ...flags: readonly string[]): string[];
}

async function place(t: TestContext): Promise<Place> {
  const path = await folder(t);
  const store = `embedded://${join(path, 'store.db')}`;
  return {
    log: join(path, 'log'),
    path: join(path, 'store.db'),
    run: (name, ...flags) => ['run', '--store', store, '--scope', 's', '--name', name, '--ttl', String(TTL), ...flags],
  };
}

test('run: the command finds its term in the environment, and its code is the exit code', async (t) => {
  const { log, run } = await place(t);
  const first = await finished(t, [...run('a'), ...worker(log, '--exit=7')]);
  assert.equal(first.code, 7, first.stderr);
  const second = await finished(t, [...run('b'), ...worker(log, '--exit=0')]);
  assert.equal(second.code, 0, second.stderr);
  const begins = readLog(log).filter(({ event }) => event === 'begin');
  assert.deepEqual(
    begins.map(({ token, name, scope }) => ({ token, name, scope })),
    [
      { token: 1, name: 'a', scope: 's' },
      { token: 2, name: 'b', scope: 's' },
    ],
  );
});

test('run: two runners never run at one time, and an exit hands over at once', async (t) => {
  const { log, run } = await place(t);
  const a = tenure(t, [...run('a'), ...worker(log)]);
  await begun(log, 'a');
  const b = tenure(t, [...run('b'), ...worker(log)]);
  await until('b waits', () => b.stderr().includes('waiting'));
  const asked = hostNow();
  a.process.kill('SIGTERM');
  assert.equal((await a.ended).code, 0);
  const { at } = await begun(log, 'b');
  // Expiry would take more than the ttl less one renewal interval; a release needs no such wait.
  assert.ok(at - asked < (TTL * 1000) / 2, `handover took ${at - asked} ms`);
  b.process.kill('SIGTERM');
  await b.ended;
  assert.deepEqual(overlaps(readLog(log)), []);
});

test('run: a frozen runner has its command stopped before the lease passes on', async (t) => {
  const { log, run } = await place(t);
  const a = tenure(t, [...run('a'), ...worker(log, '--ignore-term')]);
  const { pid } = await begun(log, 'a');
  const b = tenure(t, [...run('b'), ...worker(log)]);
  await until('b waits', () => b.stderr().includes('waiting'));
  a.process.kill('SIGSTOP');
  await begun(log, 'b');
  assert.ok(!alive(pid), 'the command of the frozen runner is gone');
  assert.deepEqual(overlaps(readLog(log)), []);
  assert.ok(
    readLog(log).some(({ event, name }) => event === 'term' && name === 'a'),
    'TERM came before KILL',
  );
  a.process.kill('SIGCONT');
  await until('a wakes', () => a.stderr().includes('lost'));
  b.process.kill('SIGTERM');
  await b.ended;
  await until('a runs again', () => readLog(log).some(({ name, token }) => name === 'a' && token === 3));
  a.process.kill('SIGTERM');
  await until('a hands TERM on', () => readLog(log).some(({ event, token }) => event === 'term' && token === 3));
  assert.deepEqual(overlaps(readLog(log)), []);
});

test('run: kill -9 of the runner takes its command along, and all that the command started', async (t) => {
  const { log, run } = await place(t);
  const a = tenure(t, [
    ...run('a', '--grace', '0.2'),
    '--',
    'sh',
    '-c',
    `trap '' TERM; ${worker(log, '--ignore-term').slice(1).join(' ')} & wait`,
  ]);
  const { pid } = await begun(log, 'a');
  const killed = hostNow();
  a.process.kill('SIGKILL');
  await until('the command is gone', () => !alive(pid));
  const last = readLog(log).at(-1)?.at ?? Number.NaN;
  // At once means TERM now and KILL after the grace of 200 ms; expiry of the lease alone would take ten times that.
  assert.ok(last - killed < (TTL * 1000) / 2, `it acted for another ${last - killed} ms`);
  const b = tenure(t, [...run('b'), ...worker(log, '--exit=0')]);
  assert.equal((await b.ended).code, 0);
  assert.deepEqual(overlaps(readLog(log)), []);
});

test('run: a killed watchdog takes the command along, and the runner releases and fails', async (t) => {
  const { log, run } = await place(t);
  const a = tenure(t, [...run('a'), ...worker(log, '--ignore-term')]);
  const { pid } = await begun(log, 'a');
  process.kill(parentOf(pid), 'SIGKILL');
  const { code, stderr } = await a.ended;
  assert.equal(code, 1);
  assert.match(stderr, /watchdog/);
  assert.ok(!alive(pid));
  const b = await finished(t, [...run('b'), ...worker(log, '--exit=0')]);
  assert.equal(b.code, 0);
});

test('run: a frozen watchdog does not save the command', async (t) => {
  const { log, run, path } = await place(t);
  const a = tenure(t, [...run('a', '--once'), ...worker(log, '--ignore-term')]);
  const { pid } = await begun(log, 'a');
  const watchdog = parentOf(pid);
  process.kill(watchdog, 'SIGSTOP');
  t.after(() => alive(watchdog) && process.kill(watchdog, 'SIGKILL'));
  const cut = hostNow();
  using _ = locked(path);
  await until('the command is gone', () => !alive(pid));
  const last = readLog(log).at(-1)?.at ?? Number.NaN;
  assert.ok(last - cut < TTL * 1000, `it acted for ${last - cut} ms after the store was gone`);
  process.kill(watchdog, 'SIGCONT');
  assert.equal((await a.ended).code, 1);
});

test('run: when the store cannot be reached the command is gone before the ttl has passed', async (t) => {
  const { log, run, path } = await place(t);
  const a = tenure(t, [...run('a', '--once'), ...worker(log, '--ignore-term')]);
  const { pid } = await begun(log, 'a');
  const cut = hostNow();
  using lock = locked(path);
  const { code, stderr } = await a.ended;
  assert.equal(code, 1);
  assert.match(stderr, /not renewed in time/);
  assert.ok(!alive(pid));
  const lines = readLog(log);
  const last = lines.at(-1)?.at ?? Number.NaN;
  assert.ok(last - cut < TTL * 1000, `it acted for ${last - cut} ms after the store was gone`);
  const term = lines.find(({ event }) => event === 'term')?.at ?? Number.NaN;
  // The grace is a sixth of the ttl; half of it must have been left for a command that heeds TERM.
  assert.ok(last - term > (TTL * 1000) / 12, `only ${last - term} ms from TERM to KILL`);
  lock[Symbol.dispose]();
});

test('run: a lease lost by an administrator ends the command, and it is waited for again', async (t) => {
  const { log, run, path } = await place(t);
  const a = tenure(t, [...run('a'), ...worker(log, '--ignore-term')]);
  const { pid } = await begun(log, 'a');
  const store = await import('@tenure/embedded').then(({ file }) => file(path));
  await store.commit({ guards: [], writes: [{ type: 'delete', key: '/service/s/leader' }] });
  await store.close();
  await until('a second term', () => readLog(log).some(({ token }) => token === 2));
  assert.ok(!alive(pid));
  assert.match(a.stderr(), /lost/);
  assert.deepEqual(overlaps(readLog(log)), []);
});

test('run --restart: keeps the lease and starts the command again', async (t) => {
  const { log, run } = await place(t);
  const a = tenure(t, [...run('a', '--restart'), ...worker(log, '--exit=3')]);
  await until('a third start', () => readLog(log).filter(({ event }) => event === 'begin').length >= 3);
  a.process.kill('SIGTERM');
  await a.ended;
  assert.deepEqual([...new Set(readLog(log).map(({ token }) => token))], [1]);
  assert.deepEqual(overlaps(readLog(log)), []);
});

test('run: a live process of the same name is not deposed', async (t) => {
  const { log, run } = await place(t);
  const first = tenure(t, [...run('a'), ...worker(log)]);
  const { pid } = await begun(log, 'a');
  const twin = await finished(t, [...run('a'), ...worker(log)]);
  assert.equal(twin.code, 1);
  assert.match(twin.stderr, /another live process is this member of s/);
  assert.ok(alive(pid), 'the first goes on');
  assert.deepEqual([...new Set(readLog(log).map((line) => line.pid))], [pid]);
  first.process.kill('SIGTERM');
  assert.equal((await first.ended).code, 0);
});

test('run: a crashed process of the same name is waited for', async (t) => {
  const { log, run } = await place(t);
  const first = tenure(t, [...run('a'), ...worker(log)]);
  await begun(log, 'a');
  first.process.kill('SIGKILL');
  const next = await finished(t, [...run('a'), ...worker(log, '--exit=0')]);
  assert.equal(next.code, 0, next.stderr);
  assert.deepEqual(overlaps(readLog(log)), []);
});

test('run: of two that start at once under one name only one runs', async (t) => {
  const { log, run } = await place(t);
  const both = [tenure(t, [...run('a'), ...worker(log)]), tenure(t, [...run('a'), ...worker(log)])];
  const loser = await Promise.race(both.map(async (one) => ({ one, ...(await one.ended) })));
  assert.equal(loser.code, 1);
  assert.equal(new Set(readLog(log).map(({ pid }) => pid)).size, 1);
  for (const one of both) one.process.kill('SIGTERM');
});

test('run: a name that a lasting key holds is refused at once, by the key that holds it', async (t) => {
  const { log, run, path } = await place(t);
  await using store = file(path);
  const key = '/service/s/members/a';
  await store.commit({ guards: [], writes: [{ type: 'put', key, value: 'garbage' }] });
  const refused = await finished(t, [...run('a'), ...worker(log)]);
  assert.equal(refused.code, 1);
  assert.match(
    refused.stderr,
    /\/service\/s\/members\/a: it names a; it was written without a session and will never vanish/,
  );
  assert.doesNotMatch(refused.stderr, /name in use/, 'there is nothing to wait for');
  assert.deepEqual(readLog(log), []);
});

test('run: what another application keeps in the scope is told before the wait', async (t) => {
  const { log, run, path } = await place(t);
  await using store = file(path);
  const put = (key: string, value: string) => ({ type: 'put' as const, key: `/service/s/${key}`, value });
  await store.commit({ guards: [], writes: [put('leader', 'appserver'), put('lock/1', 'x')] });
  const a = tenure(t, [...run('a'), ...worker(log)]);
  await until('a waits', () => a.stderr().includes('waiting'));
  assert.match(
    a.stderr(),
    /problem, key \/service\/s\/leader, message the lock of appserver has no session: it will never/,
  );
  assert.match(a.stderr(), /problem, key \/service\/s\/lock\/1/);
  a.process.kill('SIGTERM');
  assert.equal((await a.ended).code, 143);
});

test('run: what cannot be started releases the lease', async (t) => {
  const { log, run } = await place(t);
  const missing = await finished(t, [...run('a'), '--', '/no/such/command']);
  assert.equal(missing.code, 127);
  assert.match(missing.stderr, /\/no\/such\/command/);
  const folderGiven = await finished(t, [...run('a'), '--', '/']);
  assert.equal(folderGiven.code, 126);
  const next = await finished(t, [...run('b'), ...worker(log, '--exit=0')]);
  assert.equal(next.code, 0);
});

test('run: a signal ends the wait, and a command that dies of one gives 128 + n', async (t) => {
  const { log, run } = await place(t);
  const a = tenure(t, [...run('a'), '--', 'sh', '-c', 'kill -KILL $$']);
  assert.equal((await a.ended).code, 137);
  tenure(t, [...run('b'), ...worker(log)]);
  await begun(log, 'b');
  const c = tenure(t, [...run('c'), ...worker(log)]);
  await until('c waits', () => c.stderr().includes('waiting'));
  c.process.kill('SIGINT');
  assert.equal((await c.ended).code, 130);
});

test('run: a store that cannot be used is told at once', async (t) => {
  const { path } = await place(t);
  await writeFile(path, 'no database '.repeat(1000));
  const broken = await finished(t, ['run', '--store', `embedded://${path}`, '--', 'true']);
  assert.equal(broken.code, 1, broken.stderr);
  assert.match(broken.stderr, /is not a SQLite database/);
});

test('run: a store that cannot be reached is waited for, or with --once not', async (t) => {
  const { log, run, path } = await place(t);
  assert.equal((await finished(t, [...run('a'), '--', 'true'])).code, 0);
  using lock = locked(path);
  const b = tenure(t, [...run('b'), ...worker(log, '--exit=5')]);
  const away = ['run', '--store', 'etcd://127.0.0.1:1/s', '--ttl', '2'];
  const c = tenure(t, [...away, '--json', '--', 'true']);
  const given = await finished(t, [...away, '--once', '--', 'true']);
  assert.equal(given.code, 3, given.stderr);
  await until('b says so', () => b.stderr().includes('store unreachable, reason '));
  assert.deepEqual(readLog(log), []);
  lock[Symbol.dispose]();
  assert.equal((await b.ended).code, 5);
  assert.match(b.stderr(), /store unreachable, .*\n(.*\n)*tenure: store answers again\n/);
  await until('c says so', () => c.stderr().includes('{"event":"store unreachable","reason":"etcd: '));
  c.process.kill('SIGTERM');
  const { code, stderr } = await c.ended;
  assert.equal(code, 143, stderr);
  // Once is enough, however often it was tried.
  assert.equal(stderr.match(/store unreachable/g)?.length, 1);
});

test('run: without --store the folder of the default file must be one that can be made', async (t) => {
  const { path } = await place(t);
  await writeFile(path, '');
  const { code, stderr } = await finished(t, ['run', '--', 'true'], { env: { XDG_STATE_HOME: path } });
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^tenure: no --store given: .*\ntenure: .*\/tenure: cannot be made \(ENOTDIR\); name a store with --store\n$/,
  );
});

test('run: wrong usage says what is wrong', async (t) => {
  const { run } = await place(t);
  for (const [args, wanted] of [
    [[...run('a'), '--once', '--restart', '--', 'true'], /--once and --restart/],
    [
      ['run', '--store', 'embedded:', '--ttl', '30000', '--', 'true'],
      /ttl: 30000 is not a number of seconds from 0.1 to 3600/,
    ],
    [
      [...run('a'), '--grace', '9', '--', 'true'],
      /--grace 9 s and 0\.1 s for the KILL are the stop_budget of a ttl of 2 s; stop_budget: 9.1 is not less than ttl, 2 seconds\n$/,
    ],
    [
      [...run('a'), '--grace', '1.899', '--', 'true'],
      /--grace 1.899 s and 0\.1 s for the KILL .*; no room for a renewal: of a ttl of 2 seconds .* stop_budget of 1.999 that is -0.003, no time for a loop_wait; would fit: stop_budget up to 1\.596, or ttl from 2\.506\n$/,
    ],
    [
      ['run', '--store', 'embedded:', '--', 'true'],
      /embedded: without a file no other process sees this store; name one/,
    ],
    [
      [...run('a'), '--scope', '', '--', 'true'],
      /^tenure: command line: one wrong field\ntenure: {3}scope: "" is not the name of the cluster, without a slash\n$/,
    ],
    [['run', '--store', 'embedded:///no/such/folder/s.db', '--', 'true'], /there is no folder \/no\/such\/folder/],
    [['run', '--store', 'embedded:', '--ttl', 'soon', '--', 'true'], /number of seconds/],
    [['run', '--store', 'embedded:', '--name', 'a/b', '--', 'true'], /name: "a\/b" is not/],
    [run('a'), /missing required argument/],
  ] as const) {
    const { code, stderr } = await finished(t, args);
    assert.equal(code, 2, stderr);
    assert.match(stderr, wanted);
  }
});

/** The parent of a worker is the watchdog. */
function parentOf(pid: number): number {
  const { readFileSync } = process.getBuiltinModule('node:fs');
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

/** Holds the store's file: every other process finds it busy. */
function locked(path: string): Disposable {
  const database = new DatabaseSync(path, { timeout: 5000 });
  database.exec('BEGIN IMMEDIATE');
  let closed = false;
  return {
    [Symbol.dispose]: () => {
      if (!closed) database.close();
      closed = true;
    },
  };
}
