import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { open } from 'tenure';
import { parse } from 'yaml';
import { startEtcd } from '../../../test/servers/index.ts';
import { cluster } from './cluster.ts';
import { everyServer, storesOf, urlOf } from './served.ts';
import { finished, folder } from './tools.ts';

/** What each server says of itself must come from real ones. */
const VERSIONS = { etcd: /^etcd 3\.5\.\d+/, consul: /^Consul 1\.\d+\.\d+/, zookeeper: /^ZooKeeper 3\.9\.\d+/ };

const servers = await everyServer();

suite('version', { concurrency: 1 }, () => {
  for (const store of storesOf(servers)) {
    test(`${store.name}: each server says its version`, async (t) => {
      const { code, stdout, stderr } = await finished(t, ['version', '--store', urlOf(store, 's'), '--format', 'json']);
      assert.equal(code, 0, stderr);
      const told = JSON.parse(stdout) as { tenure: string; servers: { version: string; latency: number }[] };
      assert.match(told.tenure, /^\d+\.\d+\.\d+$/);
      const [server] = told.servers;
      assert.equal(told.servers.length, 1);
      assert.match(server?.version ?? '', VERSIONS[store.name as keyof typeof VERSIONS]);
      assert.ok((server?.latency ?? 0) > 0);
    });
  }

  test('a server that is away is named beside one that answers, and the code is 1; 3 when none answers', async (t) => {
    const { host, port } = new URL(servers.etcd.url.replace('etcd:', 'http:'));
    assert.ok(port !== '');
    const some = await finished(t, ['version', '--store', `etcd://${host},127.0.0.1:1/s`]);
    assert.equal(some.code, 1, some.stderr);
    assert.match(some.stdout, new RegExp(`^${host} +etcd 3\\.5`, 'm'));
    assert.match(some.stdout, /^127\.0\.0\.1:1 .*ECONNREFUSED/m);
    for (const away of ['etcd://127.0.0.1:1/s', 'consul://127.0.0.1:1/s', 'zookeeper://127.0.0.1:1/s']) {
      const none = await finished(t, ['version', '--store', away]);
      assert.equal(none.code, 3, none.stdout);
    }
  });
});

test('version: of an embedded store it is that of SQLite', async (t) => {
  const url = `embedded://${join(await folder(t), 'store.db')}`;
  const { code, stdout } = await finished(t, ['version', '--store', url]);
  assert.equal(code, 0);
  assert.match(stdout, /SQLite \d+\.\d+\.\d+/);
});

test('version: the members say theirs in their keys, in every format, and those of a group with it', async (t) => {
  const at = await cluster(t);
  const [a, b] = [await at.member('a'), await at.member('b')];
  await a.announce({ state: 'running', version: '4.1.5' });
  await b.announce({ state: 'running' });
  await a.campaign();
  const version = async (...args: string[]) => {
    const { code, stdout, stderr } = await at.run('version', args);
    assert.equal(code, 0, stderr);
    return stdout;
  };
  const known = { name: 'a', role: 'leader', version: '4.1.5' };
  const unknown = { name: 'b', role: 'replica', version: null };
  const json = await version('--format', 'json');
  assert.deepEqual((JSON.parse(json) as { members: unknown }).members, [known, unknown]);
  assert.equal(await version('--json'), json);
  assert.deepEqual((parse(await version('--format', 'yaml')) as { members: unknown }).members, [known, unknown]);
  assert.match(await version('--format', 'tsv'), /^member\t\ta\t4\.1\.5\tleader\t\nmember\t\tb\t\treplica\t$/m);
  assert.match(await version(), /\n\nMEMBER +VERSION +ROLE\na +4\.1\.5 +leader\nb +replica\n$/);
  const worker = await at.member('w', 1);
  await worker.announce({ state: 'running', version: '4.0.7' });
  assert.match(await version(), /^1 +w +4\.0\.7 +replica$/m);
  const one = JSON.parse(await version('--json', '--group', '1')) as { members: unknown };
  assert.deepEqual(one.members, [{ name: 'w', group: 1, role: 'replica', version: '4.0.7' }]);
});

test('version: members that may not be read are told, beside the servers, and the code is 1', async (t) => {
  const etcd = await startEtcd({ version: '3.5', fast: true, auth: true, args: ['--bcrypt-cost', '4'] });
  t.after(async () => await etcd.stop());
  await etcd.ctl(['user', 'add', 'nobody:pw']);
  const store = `etcd://nobody:pw@${etcd.endpoints.join()}/s?retry_timeout=2`;
  const { code, stdout, stderr } = await finished(t, ['version', '--store', store]);
  assert.equal(code, 1);
  assert.match(stdout, /etcd 3\.5\.\d+/);
  assert.match(stderr, /^tenure: the members are not known: etcd: .*permission denied/m);
});

test('dsn: host and port of the leader, of another role, of a member, of a group', async (t) => {
  const url = `embedded://${join(await folder(t), 'store.db')}`;
  const members = {
    a: { conn_url: 'postgres://10.0.0.1:5433/db', state: 'running', role: 'primary' },
    b: { conn_url: 'postgres://10.0.0.2/db', state: 'stopped', role: 'replica' },
    c: { conn_url: 'postgres://[fe80::1]:5432/db', state: 'streaming', role: 'replica' },
    d: { state: 'running', role: 'replica' },
  };
  const opened = await Promise.all(
    Object.entries(members).map(async ([name, data]) => {
      const dcs = await open(`${url}?scope=s&name=${name}`);
      await dcs.announce(data);
      return dcs;
    }),
  );
  t.after(async () => await Promise.all(opened.map((dcs) => dcs.close())));
  const dsn = async (...args: string[]) => await finished(t, ['dsn', '--store', url, '--scope', 's', ...args]);
  const vacant = await dsn();
  assert.deepEqual([vacant.code, vacant.stdout], [1, '']);
  assert.match(vacant.stderr, /no member of role leader says where to connect to/);
  await opened[0]?.campaign();
  for (const [args, wanted] of [
    [[], 'host=10.0.0.1 port=5433'],
    [['-r', 'primary'], 'host=10.0.0.1 port=5433'],
    [['-r', 'replica'], 'host=fe80::1 port=5432'],
    [['-r', 'standby'], 'host=fe80::1 port=5432'],
    [['-r', 'any'], 'host=10.0.0.1 port=5433'],
    [['-m', 'b'], 'host=10.0.0.2 port=5432'],
    [['-m', 'c', '--json'], '{"name":"c","host":"fe80::1","port":5432}'],
    [['-m', 'c', '--format', 'json'], '{"name":"c","host":"fe80::1","port":5432}'],
    [['-m', 'c', '--format', 'yaml'], 'host: fe80::1\nname: c\nport: 5432'],
    [['-m', 'c', '--format', 'tsv'], 'name\thost\tport\nc\tfe80::1\t5432'],
  ] as const) {
    const { code, stdout, stderr } = await dsn(...args);
    assert.deepEqual([code, stdout], [0, `${wanted}\n`], stderr);
  }
  for (const [args, wanted] of [
    [['-m', 'd'], 1],
    [['-m', 'nobody'], 1],
    [['-r', 'standby_leader'], 1],
    [['-r', 'king'], 2],
    [['-r', 'any', '-m', 'a'], 2],
    [['--group', '0'], 1],
    [['--group', '01'], 2],
  ] as const) {
    const { code, stderr } = await dsn(...args);
    assert.equal(code, wanted, stderr);
  }
});

test('dsn: of all groups without --group, the coordinator first', async (t) => {
  const at = await cluster(t);
  const [first, second] = [await at.member('c', 0), await at.member('w', 2)];
  await first.announce({ state: 'running', conn_url: 'postgres://10.0.0.1/db' });
  await second.announce({ state: 'running', conn_url: 'postgres://10.0.0.2/db' });
  await second.campaign();
  const worker = await at.run('dsn');
  assert.deepEqual([worker.code, worker.stdout], [0, 'host=10.0.0.2 port=5432\n'], worker.stderr);
  await first.campaign();
  for (const [args, wanted] of [
    [[], 'host=10.0.0.1 port=5432'],
    [['--group', '2'], 'host=10.0.0.2 port=5432'],
    [['-m', 'w'], 'host=10.0.0.2 port=5432'],
  ] as const) {
    const { stdout, stderr } = await at.run('dsn', args);
    assert.equal(stdout, `${wanted}\n`, stderr);
  }
});
