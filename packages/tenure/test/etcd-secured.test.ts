import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { open } from 'tenure';
import { HealthEndpoint } from 'tenure/health';
import { makeCertificates } from '../../../test/servers/certs.ts';
import { startEtcd } from '../../../test/servers/index.ts';
import { begun, finished, folder, overlaps, readLog, tenure, until, worker } from './tools.ts';

/** An etcd that asks for a certificate, a user and a password, all of them named by one URL. */
const cluster = await startEtcd({
  version: '3.5',
  nodes: 3,
  fast: true,
  tls: true,
  auth: true,
  args: ['--bcrypt-cost', '4'],
});
after(async () => await cluster.stop());
const { certs } = cluster;
assert.ok(certs !== undefined);

/** What a URL must escape stands in the password. */
const PASSWORD = 'p@ss:w/rd?';
for (const [user, permission] of [
  ['writer', 'readwrite'],
  ['reader', 'read'],
] as const) {
  await cluster.ctl(['role', 'add', user]);
  await cluster.ctl(['role', 'grant-permission', user, permission, '--prefix=true', '/service/']);
  await cluster.ctl(['user', 'add', `${user}:${PASSWORD}`]);
  await cluster.ctl(['user', 'grant-role', user, user]);
}

/** A certificate without a name, so that the password alone says who comes. */
const tls = { cacert: certs.ca, cert: certs.anon.cert, key: certs.anon.key };

function url(
  scope: string,
  { user = 'writer', password = PASSWORD, hosts = cluster.endpoints.join(), ...more }: Record<string, string> = {},
) {
  const login = `${user}:${encodeURIComponent(password)}`;
  return `etcds://${login}@${hosts}/${scope}?${new URLSearchParams({ ...tls, ...more })}`;
}

/** How often one of its methods was called, by the counts of all members that run. */
async function calls(method: string): Promise<number> {
  const line = new RegExp(`^grpc_server_handled_total\\{.*grpc_method="${method}".*\\} (\\d+)$`, 'gm');
  const pages = await Promise.all(cluster.running.map((node) => node.metrics()));
  return pages.flatMap((page) => [...page.matchAll(line)]).reduce((sum, [, count]) => sum + Number(count), 0);
}

suite('etcds:// with a password and certificates', () => {
  test('status and config: written and read', async (t) => {
    const set = await finished(t, ['config', 'set', '--store', url('looked-at'), '{"a":1}']);
    assert.equal(set.code, 0, set.stderr);
    const { code, stdout, stderr } = await finished(t, ['status', '--store', url('looked-at'), '--json']);
    assert.equal(code, 0, stderr);
    assert.partialDeepStrictEqual(JSON.parse(stdout), { scope: 'looked-at', config: { value: { a: 1 } } });
  });

  test('run: a release hands over to the next runner', async (t) => {
    const log = join(await folder(t), 'log');
    const run = (runner: string) => ['run', '--store', url('ran'), '--name', runner, ...worker(log)];
    const a = tenure(t, run('a'));
    await begun(log, 'a');
    const b = tenure(t, run('b'));
    await until('b waits', () => b.stderr().includes('waiting'));
    a.process.kill('SIGTERM');
    assert.equal((await a.ended).code, 0);
    assert.equal((await begun(log, 'b')).token, 2);
    b.process.kill('SIGTERM');
    assert.equal((await b.ended).code, 0);
    assert.deepEqual(overlaps(readLog(log)), []);
  });

  test('conformance: a few cases through fault proxies', async (t) => {
    // Each client has a connection for calls and one for watches to each endpoint: one endpoint will do.
    const [hosts = ''] = cluster.endpoints;
    const store = url('', { user: 'root', password: 'root', hosts });
    const { code, stdout, stderr } = await finished(t, ['conformance', store, '--only', 'commit: without writes']);
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /etcd: [1-9]\d* passed, 0 failed/);
  });

  test('discover: the members that one endpoint lists are used when it is gone', { timeout: 120_000 }, async (t) => {
    const [hosts = ''] = cluster.endpoints;
    const scope = 'discovered';
    await using dcs = await open(url(scope, { hosts, discover: 'true', name: 'n1' }));
    await using alone = await open(url(scope, { hosts, name: 'n2', loop_wait: '3', retry_timeout: '3' }));
    await alone.view();
    const before = await calls('MemberList');
    await dcs.config.write({ a: 1 });
    while ((await calls('MemberList')) === before) await dcs.store.clock.sleep(20, t.signal);
    // On the connection of the list, and so answered after it.
    await dcs.view();
    const [node] = cluster.nodes;
    await node?.kill();
    try {
      assert.deepEqual((await dcs.view()).config.value, { a: 1 });
      await assert.rejects(alone.view(), { code: 'UNAVAILABLE' });
    } finally {
      await node?.restart();
      await cluster.ready();
    }
  });

  test('srv and srv_suffix: the records that are asked for are named when there are none', async (t) => {
    const query = 'srv=tenure.invalid&srv_suffix=green&loop_wait=1&retry_timeout=3';
    const { code, stderr } = await finished(t, ['status', '--store', `etcd:///s?${query}`]);
    assert.equal(code, 3, stderr);
    assert.match(
      stderr,
      /no SRV record of tenure\.invalid names an endpoint: .*_etcd-server-green\._tcp\.tenure\.invalid/,
    );
  });
});

suite('etcd refuses a runner', () => {
  test('case 91: a wrong password ends it with 1 after one login a member at most, and is not shown', async (t) => {
    const before = await calls('Authenticate');
    const args = ['run', '--store', url('refused', { password: 'wrong' }), '--', 'true'];
    const { code, stderr } = await finished(t, args);
    assert.equal(code, 1, stderr);
    assert.match(
      stderr,
      /^tenure: etcd: read at https:.*: etcdserver: authentication failed, invalid user ID or password\n$/,
    );
    const tried = (await calls('Authenticate')) - before;
    assert.ok(tried >= 1 && tried <= cluster.nodes.length, `${tried} logins`);
  });

  test('case 92: a role that may only read ends it with 1; status shows the cluster to it', async (t) => {
    const store = url('refused', { user: 'reader' });
    const { code, stderr } = await finished(t, ['run', '--store', store, '--', 'true']);
    assert.equal(code, 1, stderr);
    assert.match(stderr, /^tenure: etcd: commit at https:.*: etcdserver: permission denied\n$/);
    const status = await finished(t, ['status', '--store', store, '--json']);
    assert.equal(status.code, 0, status.stderr);
  });

  test('a certificate that does not verify is waited for, with its reason; with --once it ends with 3', async (t) => {
    const { ca: cacert } = await makeCertificates(await folder(t), 'other CA');
    // Time enough for a machine under load to come as far as the certificate.
    const away = url('refused', { cacert, loop_wait: '1', retry_timeout: '5' });
    const waiting = tenure(t, ['run', '--store', away, '--', 'true']);
    const once = await finished(t, ['run', '--store', away, '--once', '--', 'true']);
    assert.equal(once.code, 3, once.stderr);
    assert.match(once.stderr, /certificate/);
    await until('it says so', () => /store unreachable, reason etcd: .*certificate/.test(waiting.stderr()));
    waiting.process.kill('SIGTERM');
    assert.equal((await waiting.ended).code, 143);
  });

  test('a watch that is refused to the health endpoint is a warning, and it answers all the same', async (t) => {
    const warnings: Error[] = [];
    const hear = (warning: Error) => warnings.push(warning);
    process.on('warning', hear);
    t.after(() => process.off('warning', hear));
    await using dcs = await open(url('elsewhere', { namespace: 'closed', name: 'a' }));
    await using health = await HealthEndpoint.open(dcs, { port: 0 });
    const warning = await until('the warning', () => warnings.find(({ name }) => name === 'TenureWarning'));
    assert.match(
      warning.message,
      /^the health endpoint of elsewhere sees no change of the configuration by itself any more: .*permission denied/,
    );
    assert.equal((await fetch(`http://127.0.0.1:${health.port}/leader`)).status, 503);
  });
});
