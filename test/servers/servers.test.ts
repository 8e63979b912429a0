import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { suite, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { install, type KeyPair, startEtcd } from './index.ts';
import { readLock } from './lock.ts';
import { reservePorts } from './ports.ts';

function temporary(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'tenure-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function setEnv(t: TestContext, name: string, value: string): void {
  const before = process.env[name];
  process.env[name] = value;
  t.after(() => {
    if (before === undefined) delete process.env[name];
    else process.env[name] = before;
  });
}

/** Ten seconds are a thousand times what the kernel needs to deliver a signal, so a failure is no slow machine. */
async function until(what: string, condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!condition()) {
    assert.ok(performance.now() < deadline, `not within 10 s: ${what}`);
    await sleep(10);
  }
}

suite('install', () => {
  test('what is installed needs no network', async (t) => {
    const first = await install(['etcd-3.4', 'etcd-3.5']);
    setEnv(t, 'TENURE_TEST_MIRROR', 'http://127.0.0.1:1/debian');
    assert.deepEqual(await install(['etcd-3.4', 'etcd-3.5']), first);
  });

  test('a mirror out of reach rejects and leaves nothing behind', async (t) => {
    t.mock.method(process.stderr, 'write', () => true);
    const cache = temporary(t);
    setEnv(t, 'TENURE_TEST_CACHE', cache);
    setEnv(t, 'TENURE_TEST_MIRROR', `copy://${join(cache, 'nowhere')}`);
    await assert.rejects(install(['etcd-3.4']));
    assert.deepEqual(readdirSync(cache), ['.lock']);
  });

  test('a file with another hash is refused', async (t) => {
    const mirror = temporary(t);
    for (const { path, size } of readLock().components['etcd-3.5'] ?? []) {
      const file = join(mirror, decodeURIComponent(path));
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, Buffer.alloc(size));
    }
    const warnings = t.mock.method(process.stderr, 'write', () => true);
    const cache = temporary(t);
    setEnv(t, 'TENURE_TEST_CACHE', cache);
    setEnv(t, 'TENURE_TEST_MIRROR', `copy://${mirror}`);
    await assert.rejects(install(['etcd-3.5']));
    assert.match(String(warnings.mock.calls[0]?.arguments[0]), /Hash Sum mismatch/);
    assert.deepEqual(readdirSync(cache), ['.lock']);
  });

  test('an unknown component is named', async () => {
    await assert.rejects(install(['etcd-1.0']), { name: 'RangeError', message: /etcd-1\.0/ });
  });
});

suite('ports', () => {
  // Of 12,768 ports, two draws of 400 without reservation would miss each other once in 280,000 runs.
  test('a reserved port is not given out again', async () => {
    const [a, b] = await Promise.all([reservePorts(400), reservePorts(400)]);
    try {
      assert.equal(new Set([...a.ports, ...b.ports]).size, 800);
    } finally {
      a.release();
      b.release();
    }
  });
});

suite('etcd', () => {
  for (const version of ['3.4', '3.5'] as const) {
    test(`one node of ${version} keeps its data over kill and restart`, async () => {
      await using cluster = await startEtcd({ version });
      const [node] = cluster.nodes;
      assert.ok(node);
      await cluster.ctl(['put', 'key', 'kept']);
      await node.kill();
      assert.equal(node.alive, false);
      await assert.rejects(cluster.ready(), /etcd ended/);
      await node.restart();
      await cluster.ready();
      assert.equal(await cluster.ctl(['get', '--print-value-only', 'key']), 'kept\n');
      await node.terminate();
      assert.equal(node.alive, false);
    });
  }

  test('three nodes replace a frozen leader, and it follows after the thaw', async () => {
    await using cluster = await startEtcd({ version: '3.5', nodes: 3, fast: true });
    const before = await cluster.leaderIndex();
    const leader = cluster.nodes[before];
    assert.ok(leader);
    await leader.freeze();
    assert.equal(leader.alive, true);
    assert.equal(await leader.isHealthy(), false);
    assert.notEqual(await cluster.leaderIndex(), before);
    await cluster.ready();
    await cluster.ctl(['put', 'key', 'written meanwhile']);
    leader.thaw();
    await cluster.ready();
    assert.notEqual(await cluster.leaderIndex(), before);
    assert.match(await cluster.metrics(before), /^etcd_server_is_leader 0$/m);
  });

  test('TLS wants a certificate of its own CA, and auth a token', async () => {
    await using cluster = await startEtcd({ version: '3.4', nodes: 3, tls: true, auth: true, fast: true });
    const { certs, username, password } = cluster;
    assert.ok(certs);
    const post = (path: string, body: object, pair?: KeyPair) =>
      postJson(cluster.endpoints[0] ?? '', path, body, certs.ca, pair);
    await assert.rejects(post('/v3/kv/range', { key: 'YQ==' }));
    const denied = await post('/v3/kv/range', { key: 'YQ==' }, certs.anon);
    assert.match(denied, /permission denied/);
    const rotated = await certs.issue('anon-2');
    const granted = await post('/v3/auth/authenticate', { name: username, password }, rotated);
    assert.match(granted, /"token":/);
    assert.equal(await cluster.ctl(['put', 'a', 'b']), 'OK\n');
  });

  test('options reach the server', async () => {
    await using cluster = await startEtcd({ version: '3.5', fast: true, quotaBytes: 32 << 20, authTokenTtl: 7 });
    assert.match(await cluster.metrics(0), /^etcd_server_quota_backend_bytes 3\.3554432e\+07$/m);
    const words = readFileSync(`/proc/${cluster.nodes[0]?.pid}/cmdline`, 'utf8').split('\0');
    assert.equal(words[words.indexOf('--auth-token-ttl') + 1], '7');
  });

  test('a start that fails shows what etcd logged', async () => {
    await assert.rejects(startEtcd({ version: '3.5', args: ['--no-such-flag'] }), /no-such-flag/);
  });

  test('bad options are named', async () => {
    await assert.rejects(startEtcd({ version: '3.6' as '3.5' }), { name: 'RangeError', message: /version is 3\.6/ });
    await assert.rejects(startEtcd({ version: '3.5', quotaBytes: 0.5 }), { name: 'RangeError', message: /quotaBytes/ });
  });
});

suite('no server outlives its owner', () => {
  const main = join(import.meta.dirname, 'main.ts');

  for (const signal of ['SIGKILL', 'SIGINT', 'SIGTERM'] as const) {
    test(`after ${signal}`, async (t) => {
      const owner = run(t, [main, 'start', 'etcd', '--nodes', '3', '--fast']);
      const pids = await printedPids(owner, 3);
      const folder = folderOf(pids[0]);
      owner.kill(signal);
      await until('every server is gone', () => pids.every(isGone));
      await until('the folder is gone', () => !existsSync(folder));
    });
  }

  const endings = {
    'an uncaught exception': `throw new Error('no')`,
    'process.exit': 'process.exit(3)',
    'an end without stop': '',
  };
  for (const [name, code] of Object.entries(endings)) {
    test(`after ${name}`, async (t) => {
      const program = `import { startEtcd } from ${JSON.stringify(join(import.meta.dirname, 'index.ts'))};
        const cluster = await startEtcd({ version: '3.5', fast: true });
        await new Promise((done) => process.stdout.write('pid ' + cluster.nodes[0].pid + '\\n', done));
        await new Promise((done) => process.stdin.once('data', done));
        process.stdin.destroy();
        ${code}`;
      const owner = run(t, ['--input-type=module', '--eval', program]);
      const pids = await printedPids(owner, 1);
      const folder = folderOf(pids[0]);
      owner.stdin?.end('go');
      await until('the server is gone', () => pids.every(isGone));
      await until('the folder is gone', () => !existsSync(folder));
    });
  }

  function run(t: TestContext, args: readonly string[]): ChildProcess {
    const owner = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'ignore'] });
    t.after(() => owner.kill('SIGKILL'));
    return owner;
  }

  async function printedPids(owner: ChildProcess, count: number): Promise<number[]> {
    assert.ok(owner.stdout);
    let printed = '';
    for await (const chunk of owner.stdout.setEncoding('utf8')) {
      printed += chunk;
      const pids = [...printed.matchAll(/pid (\d+)\n/g)].map((match) => Number(match[1]));
      if (pids.length === count) return pids;
    }
    throw new Error(`the owner ended early: ${printed}`);
  }

  /** A process that died but that its new parent has not reaped yet has no folder to work in. */
  function isGone(pid: number): boolean {
    return !existsSync(`/proc/${pid}/cwd`);
  }

  function folderOf(pid: number | undefined): string {
    return dirname(readlinkSync(`/proc/${pid}/cwd`));
  }
});

async function postJson(endpoint: string, path: string, body: object, ca: string, pair?: KeyPair): Promise<string> {
  const client = pair === undefined ? {} : { cert: readFileSync(pair.cert), key: readFileSync(pair.key) };
  const sent = request(`https://${endpoint}${path}`, { method: 'POST', agent: false, ca: readFileSync(ca), ...client });
  sent.end(JSON.stringify(body));
  const [response] = await once(sent, 'response');
  return await text(response);
}
