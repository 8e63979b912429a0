import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Dcs, open } from 'tenure';
import { parseExposition, sampled } from './exposition.ts';
import { alive, finished, folder, until } from './tools.ts';

const examples = (file = '') => fileURLToPath(new URL(`../../../docs/examples/${file}`, import.meta.url));

const JOB = fileURLToPath(new URL('./example-job.ts', import.meta.url));

interface Example {
  readonly process: ChildProcess;
  readonly ended: Promise<number | null>;
  stderr(): string;
}

/** An example as its reader runs it; killed when the test ends. */
function example(t: TestContext, file: string, ...args: readonly string[]): Example {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', examples(file), ...args]);
  let stderr = '';
  child.stdout.resume();
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  t.after(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return { process: child, ended, stderr: () => stderr };
}

interface JobLine {
  readonly pid: number;
  readonly by: number;
  readonly turn?: string;
  readonly token?: string;
  readonly leader?: string;
  readonly host?: string;
  readonly port?: string;
}

/** The words that make an example run a job, and what the job has written down so far. */
async function job(t: TestContext, ...flags: readonly string[]) {
  const log = join(await folder(t), 'log');
  const lines = (): (JobLine | 'TERM')[] => {
    if (!existsSync(log)) return [];
    return readFileSync(log, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  };
  return {
    command: [process.execPath, JOB, log, ...flags],
    lines,
    runs: () => lines().filter((line) => line !== 'TERM'),
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test('each example is on the page, and run here', () => {
  const page = readFileSync(examples('../guide/examples.md'), 'utf8');
  const here = readFileSync(fileURLToPath(import.meta.url), 'utf8');
  const programs = readdirSync(examples()).filter((file) => file.endsWith('.ts') && file !== 'stopping.ts');
  for (const file of [...programs, 'adapter/harness.ts']) {
    assert.ok(page.includes(`(../examples/${file})`), `${file} is not on the page`);
    assert.ok(here.includes(`'${file}'`), `${file} is not run`);
  }
});

test('cron: each turn is run once, and goes on after the daemon that ran it was killed', async (t) => {
  const store = join(await folder(t), 'state.db');
  const url = (name: string) => `embedded://${store}?scope=cron&name=${name}&ttl=5&stop_budget=0.5`;
  const { command, runs } = await job(t);
  const daemons = ['a', 'b'].map((name) => example(t, 'cron.ts', url(name), '0.2', ...command));
  await until('three turns', () => runs().length >= 3);
  const leader = runs()[0]?.by;
  const [killed, heir] = daemons[0]?.process.pid === leader ? daemons : daemons.toReversed();
  assert.equal(killed?.process.pid, leader);
  killed?.process.kill('SIGKILL');
  await until('three turns of the second term', () => runs().filter(({ token }) => token === '2').length >= 3);
  const turns = runs();
  assert.equal(new Set(turns.map(({ turn }) => turn)).size, turns.length, 'a turn was run twice');
  for (const { token, by } of turns) assert.equal(by, token === '1' ? leader : heir?.process.pid, `term ${token}`);
  heir?.process.kill('SIGTERM');
  assert.equal(await heir?.ended, 0, heir?.stderr());
});

test('cron: a turn that was run is not run again by the next in office', async (t) => {
  const store = join(await folder(t), 'state.db');
  const { command, runs } = await job(t);
  // One turn lasts for days.
  const daemon = (name: string) =>
    example(t, 'cron.ts', `embedded://${store}?scope=cron&name=${name}&ttl=5`, '1000000', ...command);
  const first = daemon('a');
  await until('the job', () => runs().length > 0);
  first.process.kill('SIGTERM');
  assert.equal(await first.ended, 0);
  const second = daemon('b');
  await until('a turn that is left alone', () => /turn \d+: it was run before/.test(second.stderr()));
  second.process.kill('SIGTERM');
  assert.equal(await second.ended, 0);
  assert.equal(runs().length, 1);
});

test('cron: a job that does not heed TERM is killed within the stop budget when the daemon ends', {
  timeout: 60_000,
}, async (t) => {
  const store = join(await folder(t), 'state.db');
  const { command, lines, runs } = await job(t, '--stay');
  const url = `embedded://${store}?scope=cron&name=a&ttl=10&stop_budget=0.5`;
  const daemon = example(t, 'cron.ts', url, '0.2', ...command);
  const { pid } = await until('the job', () => runs()[0]);
  daemon.process.kill('SIGTERM');
  assert.equal(await daemon.ended, 0, daemon.stderr());
  assert.deepEqual(lines().slice(1), ['TERM']);
  assert.equal(alive(pid), false);
});

test('follow: the file and its reader follow the leader, and a reload that failed is tried again', async (t) => {
  const path = await folder(t);
  const url = `embedded://${join(path, 'state.db')}?scope=batman`;
  const [template, file] = [join(path, 'in'), join(path, 'out')];
  await writeFile(template, '[databases]\n* = host={host} port={port} # {name}\n');
  const { command, runs } = await job(t, '--fail-first');
  const told = () => runs().map(({ leader, host, port, token }) => [leader, host, port, token].join(' '));
  const [a, b] = [await member(t, `${url}&name=a`), await member(t, `${url}&name=b`)];
  const lease = await a.acquire();
  const follower = example(t, 'follow.ts', url, template, file, ...command);
  await until('the second try', () => told().length === 2);
  assert.deepEqual(told(), ['a a.example 5433 1', 'a a.example 5433 1']);
  assert.match(follower.stderr(), /ended with 1; again in 1000 ms/);
  assert.equal(readFileSync(file, 'utf8'), '[databases]\n* = host=a.example port=5433 # a\n');
  // While nobody leads all stays as it is.
  await lease?.release();
  await b.acquire();
  await until('the next leader', () => told().length === 3);
  assert.equal(told()[2], 'b b.example 5433 2');
  assert.equal(readFileSync(file, 'utf8'), '[databases]\n* = host=b.example port=5433 # b\n');
  follower.process.kill('SIGTERM');
  assert.equal(await follower.ended, 0, follower.stderr());
});

async function member(t: TestContext, url: string): Promise<Dcs> {
  const dcs = await open(url);
  t.after(async () => await dcs.close());
  await dcs.announce({ state: 'running', conn_url: `postgres://${dcs.name}.example:5433/postgres` });
  return dcs;
}

test('service: one instance answers, its health says so, and no number is given out twice', async (t) => {
  const store = join(await folder(t), 'state.db');
  const instances = await Promise.all(
    ['a', 'b'].map(async (name) => {
      const [port, health] = [await freePort(), await freePort()];
      const url = `embedded://${store}?scope=numbers&name=${name}&ttl=5&stop_budget=0.5`;
      const { process, ended, stderr } = example(t, 'service.ts', url, '127.0.0.1', String(port), String(health));
      return { name, process, ended, stderr, port, health };
    }),
  );
  type Instance = (typeof instances)[number];
  const healthy = ({ health }: Instance) =>
    fetch(`http://127.0.0.1:${health}/leader`).then(
      ({ status }) => status === 200,
      () => false,
    );
  const next = ({ port }: Instance) => fetch(`http://127.0.0.1:${port}/next`, { method: 'POST' });
  const leading = (among: readonly Instance[]) =>
    until('a leader', async () => {
      const answers = await Promise.all(among.map(healthy));
      return among.find((_, index) => answers[index]);
    });
  const leader = await leading(instances);
  const [other] = instances.filter((instance) => instance !== leader) as [Instance];
  const numbers = [await (await next(leader)).text(), await (await next(leader)).text()];
  assert.deepEqual(numbers, ['1\n', '2\n']);
  await until('the other instance', async () => (await next(other).catch(() => undefined))?.status === 503);
  assert.equal(await healthy(other), false);
  const families = parseExposition(await (await fetch(`http://127.0.0.1:${leader.port}/metrics`)).text());
  assert.equal(sampled(families, 'tenure_lease_held', { scope: 'numbers', name: leader.name }), 1);
  leader.process.kill('SIGKILL');
  assert.equal(await leading([other]), other);
  assert.equal(await (await next(other)).text(), '3\n');
  other.process.kill('SIGTERM');
  assert.equal(await other.ended, 0, other.stderr());
});

test('adapter: the store of one’s own passes the whole suite, with nothing skipped', async (t) => {
  const { code, stdout, stderr } = await finished(t, ['conformance', examples('adapter/harness.ts')]);
  assert.equal(code, 0, stdout + stderr);
  assert.match(stdout, /^shelf: [1-9]\d{2} passed, 0 failed\n$/);
});
