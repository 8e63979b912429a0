import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Access } from '../src/ui/access.ts';
import { type Cluster, cluster } from './cluster.ts';
import { until } from './tools.ts';

const TOKEN = 'a-token-that-nobody-guesses';
const PAUSE = { scope: 's', group: null, paused: true };

interface Page {
  readonly url: URL;
  /** A request with just these headers. */
  send(method: string, path: string, headers?: Record<string, string>, body?: unknown): Promise<Reply>;
}

interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

test('ui: whatever it answers, nothing may be kept, framed or loaded from elsewhere', async (t) => {
  const page = await serve(await seeded(t));
  for (const path of ['/', '/main.js', '/style.css', '/none', '/sign-in']) {
    const { headers } = await page.send('GET', path);
    assert.equal(headers['cache-control'], 'no-store', path);
    assert.equal(headers['x-content-type-options'], 'nosniff', path);
    const policy = String(headers['content-security-policy']);
    for (const rule of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"]) {
      assert.ok(policy.split('; ').includes(rule), `${path}: ${rule}`);
    }
    assert.doesNotMatch(policy, /unsafe/);
  }
  for (const path of ['/../package.json', '/%2e%2e/package.json', '/dist/cli.js', '/page/index.html']) {
    assert.equal((await page.send('GET', path)).status, 404, path);
  }
  assert.equal((await page.send('PUT', '/')).status, 405);
});

test('ui: without --write a request made by hand changes nothing either', async (t) => {
  const at = await seeded(t);
  await at.put('failover', '{"member":"n2"}');
  const page = await serve(at);
  for (const [path, body] of [
    ['/pause', { ...PAUSE, seen: await seen(at) }],
    ['/config', { scope: 's', group: null, text: 'ttl: 1', seen: await seen(at), dryRun: false }],
    ['/switchover', { scope: 's', group: null, leader: 'n1', candidate: null, scheduled: null, failoverVersion: null }],
    ['/flush', { scope: 's', group: null, failoverVersion: await failoverVersion(at) }],
  ] as const) {
    const { status, body: answer } = await page.send('POST', path, own(page), body);
    assert.equal(status, 403, path);
    assert.match(answer, /only shows/);
  }
  assert.equal(await at.raw('config'), '{"ttl":30}');
  assert.equal(await at.raw('failover'), '{"member":"n2"}');
});

test('ui: a write needs the origin of the page, JSON, and a cluster that is there', async (t) => {
  const at = await seeded(t);
  const page = await serve(at, ['--write']);
  const body = { ...PAUSE, seen: await seen(at) };
  const json = { 'content-type': 'application/json' };
  for (const [headers, sent, status] of [
    [json, body, 403],
    [{ ...json, origin: 'http://evil.example' }, body, 403],
    [{ ...json, origin: 'null' }, body, 403],
    [{ ...json, origin: `http://127.0.0.1:${Number(page.url.port) + 1}` }, body, 403],
    [{ ...own(page), 'sec-fetch-site': 'cross-site' }, body, 403],
    [{ ...own(page), 'content-type': 'text/plain' }, body, 415],
    [{ ...own(page), 'content-type': 'application/x-www-form-urlencoded' }, body, 415],
    [own(page), { ...body, scope: 'nowhere' }, 404],
    [own(page), { ...body, group: 1 }, 404],
    [own(page), { ...body, more: 1 }, 400],
    [own(page), 'x'.repeat(5 * 1024 * 1024), 413],
  ] as const) {
    assert.equal((await page.send('POST', '/pause', headers, sent)).status, status, JSON.stringify(headers));
    assert.equal(await at.raw('config'), '{"ttl":30}');
  }
  const { status, body: answer } = await page.send('POST', '/pause', own(page), body);
  assert.equal(status, 200, answer);
  assert.equal(await at.raw('config'), '{"ttl":30,"pause":true}');
});

test('ui: a foreign name that points here (DNS rebinding) gets nothing, not even to look', async (t) => {
  const page = await serve(await seeded(t), ['--write']);
  for (const host of [
    'evil.example',
    `evil.example:${page.url.port}`,
    '127.0.0.1',
    `127.0.0.1.evil.example:${page.url.port}`,
  ]) {
    for (const path of ['/', '/events', '/main.js']) {
      assert.equal((await page.send('GET', path, { host })).status, 421, `${host} ${path}`);
    }
    const headers = { ...own(page), host, origin: `http://${host}` };
    assert.equal((await page.send('POST', '/pause', headers, PAUSE)).status, 421, host);
  }
  for (const host of [`localhost:${page.url.port}`, `LOCALHOST:${page.url.port}`, `[::1]:${page.url.port}`]) {
    assert.equal((await page.send('GET', '/', { host })).status, 200, host);
  }
});

test('ui: at the port of HTTP a name without a port is one of its own; at another port it is not', () => {
  const asks = (port: number, host: string) => () =>
    new Access({ host: '127.0.0.1', port }, undefined).assertHost({ headers: { host } } as IncomingMessage);
  for (const name of ['127.0.0.1', 'localhost', 'LOCALHOST', '[::1]']) {
    assert.doesNotThrow(asks(80, name), name);
    assert.doesNotThrow(asks(80, `${name}:80`), name);
    assert.throws(asks(8421, name), { status: 421 }, name);
  }
  for (const name of ['evil.example', '127.0.0.1:8421', '']) assert.throws(asks(80, name), { status: 421 }, name);
});

test('ui: with a token nothing of a cluster is told without it; a browser signs in once, and out', async (t) => {
  const at = await seeded(t);
  const page = await serve(at, ['--write', '--token-file', tokenFile(at)]);
  const body = { ...PAUSE, seen: await seen(at) };
  const looks = async (headers: Record<string, string>) => (await page.send('GET', '/main.js', headers)).status;
  assert.equal((await page.send('GET', '/')).headers.location, '/sign-in');
  for (const headers of [
    {},
    { authorization: 'Bearer wrong' },
    { authorization: `Basic ${TOKEN}` },
    { cookie: `tenure-ui-${page.url.port}=${TOKEN}` },
  ]) {
    assert.equal(await looks(headers as Record<string, string>), 401);
    assert.equal((await page.send('GET', '/events', headers as Record<string, string>)).status, 401);
    assert.equal((await page.send('POST', '/pause', { ...own(page), ...headers }, body)).status, 401);
  }
  assert.equal(await looks({ authorization: `Bearer ${TOKEN}` }), 200);
  const wrong = await page.send('POST', '/sign-in', own(page), { token: `${TOKEN}x` });
  assert.deepEqual([wrong.status, wrong.headers['set-cookie']], [403, undefined]);
  const foreign = { ...own(page), origin: 'http://evil.example' };
  assert.equal((await page.send('POST', '/sign-in', foreign, { token: TOKEN })).status, 403);
  const right = await page.send('POST', '/sign-in', own(page), { token: TOKEN });
  const [set = ''] = right.headers['set-cookie'] ?? [];
  assert.match(set, new RegExp(`^tenure-ui-${page.url.port}=[\\w-]{43}; Path=/; HttpOnly; SameSite=Strict$`));
  assert.ok(!set.includes(TOKEN));
  const cookie = set.split(';')[0] ?? '';
  assert.equal(await looks({ cookie: `other=1; ${cookie}` }), 200);
  assert.equal((await page.send('POST', '/pause', { cookie, 'content-type': 'application/json' }, body)).status, 403);
  assert.equal((await page.send('POST', '/pause', { ...own(page), cookie }, body)).status, 200);
  // What is open ends with the next beat, of which there is one each five seconds.
  const open = await fetch(new URL('/events', page.url), { headers: { cookie }, signal: AbortSignal.timeout(15_000) });
  assert.equal((await page.send('POST', '/sign-out', { ...own(page), cookie }, {})).status, 200);
  assert.equal(await looks({ cookie }), 401);
  assert.match(await open.text(), /^retry/);
});

test('ui: a program with the token needs no origin, and any name of the server will do', async (t) => {
  const at = await seeded(t);
  const page = await serve(at, ['--write', '--token-file', tokenFile(at)]);
  const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', host: 'ops.example' };
  const { status, body } = await page.send('POST', '/pause', headers, { ...PAUSE, seen: await seen(at) });
  assert.equal(status, 200, body);
});

test('ui: an address that others can reach needs a token, and one that cannot be guessed', async (t) => {
  const at = await seeded(t);
  const short = join(at.folder, 'short');
  writeFileSync(short, 'secret\n');
  for (const [args, code, wanted] of [
    [['--listen', '0.0.0.0:0'], 2, /others than this machine can reach it; give it a token with --token-file/],
    [['--listen', '[::]:0'], 2, /--listen \[::\]:0: others/],
    [['--listen', 'db1.example:0'], 2, /others than this machine/],
    [['--listen', '8421'], 2, /write host:port, as in 127\.0\.0\.1:8421, got "8421"/],
    [['--listen', '127.0.0.1:70000'], 2, /write host:port/],
    [['--token-file', short], 2, /16 or more printable ASCII characters, got 6/],
    [['--token-file', join(at.folder, 'none')], 2, /cannot be read \(ENOENT\)/],
    [['--listen', '127.0.0.1:1', '--store', 'etcd://127.0.0.1:1?ttl=5&loop_wait=1&retry_timeout=1'], 3, /etcd/],
  ] as const) {
    const { code: ended, stderr } = await at.run('ui', args);
    assert.equal(ended, code, stderr);
    assert.match(stderr, wanted);
    assert.ok(!stderr.includes('secret'));
  }
  const page = await serve(at, ['--listen', '0.0.0.0:0', '--token-file', tokenFile(at)]);
  assert.equal((await page.send('GET', '/')).status, 303);
});

test('ui: two at one address: the second is told so', async (t) => {
  const at = await seeded(t);
  const page = await serve(at);
  const { code, stderr } = await at.run('ui', ['--listen', page.url.host]);
  assert.deepEqual([code, stderr], [1, `tenure: --listen ${page.url.host}: cannot be served (EADDRINUSE)\n`]);
});

async function seeded(t: TestContext): Promise<Cluster> {
  const at = await cluster(t);
  await at.put('config', '{"ttl":30}');
  return at;
}

function tokenFile({ folder }: Cluster): string {
  const path = join(folder, 'token');
  writeFileSync(path, `${TOKEN}\n`);
  return path;
}

/** What the page of the server itself sends. */
function own({ url }: Page): Record<string, string> {
  return { origin: url.origin, 'content-type': 'application/json' };
}

async function seen(at: Cluster): Promise<{ version: unknown; text: string }> {
  const { stdout } = await at.run('status');
  return { version: (JSON.parse(stdout) as { config: { version: string } }).config.version, text: 'ttl: 30' };
}

async function failoverVersion(at: Cluster): Promise<unknown> {
  const { stdout } = await at.run('status');
  return (JSON.parse(stdout) as { failover: { version: string } }).failover.version;
}

async function serve(at: Cluster, args: readonly string[] = []): Promise<Page> {
  const running = at.start('ui', ['--listen', '127.0.0.1:0', '--json', ...args]);
  const line = await until('the page', () => {
    assert.equal(running.process.exitCode, null, running.stderr());
    return running.stdout().includes('\n') && running.stdout();
  });
  const url = new URL((JSON.parse(line) as { url: string }).url.replace('0.0.0.0', '127.0.0.1'));
  return { url, send: async (...sent) => await send(url, ...sent) };
}

async function send(url: URL, ...[method, path, headers = {}, body]: Parameters<Page['send']>): Promise<Reply> {
  return await new Promise((resolve, reject) => {
    const { hostname: host, port } = url;
    const request = httpRequest({ host, port, method, path, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        });
      });
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
