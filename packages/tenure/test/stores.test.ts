import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { open } from 'tenure';
import { startConsul, startZooKeeper } from '../../../test/servers/index.ts';
import { kept } from '../../consul/test/help.ts';
import { finished, tenure, until } from './tools.ts';

/** The command on the stores that the other tests do not use; the servers are real. */
const [consul, zookeeper] = await Promise.all([startConsul({ fast: true }), startZooKeeper({ version: '3.9' })]);
after(async () => await Promise.all([consul.stop(), zookeeper.stop()]));

/** The servers' own least times, in seconds: `session_ttl_min` and `tickTime`. */
const stores = [
  { name: 'consul', url: (scope: string) => `${consul.url}/${scope}?session_ttl_min=1&ttl=4` },
  { name: 'zookeeper', url: (scope: string) => `${zookeeper.url}/${scope}?tick_time=0.5&ttl=4` },
];

for (const { name, url } of stores) {
  suite(name, () => {
    test('status: what a member announced and who leads', async (t) => {
      await using dcs = await open(`${url('looked-at')}&name=n1`);
      await dcs.announce({ state: 'running', role: 'primary' });
      const lease = await dcs.campaign();
      const { code, stdout, stderr } = await finished(t, ['status', '--store', url('looked-at'), '--json']);
      assert.equal(code, 0, stderr);
      assert.partialDeepStrictEqual(JSON.parse(stdout), {
        namespace: 'service',
        scope: 'looked-at',
        leader: { name: 'n1', token: lease.token },
        members: [{ name: 'n1', leader: true, data: { state: 'running' } }],
        problems: [],
        stale: false,
      });
    });

    test('run: the command runs under a lease, with the defaults of its grace, and says its token', async (t) => {
      const args = ['run', '--store', url('ran'), '--', 'sh', '-c', 'echo "$TENURE_SCOPE $TENURE_TOKEN"'];
      const { code, stdout, stderr } = await finished(t, args);
      assert.deepEqual([code, stdout], [0, 'ran 1\n'], stderr);
    });

    test('config and watch: a change is seen', async (t) => {
      const watching = tenure(t, ['watch', '--store', url('watched'), '--json']);
      await until('the first line', () => watching.stdout() !== '');
      const set = await finished(t, ['config', 'set', '--store', url('watched'), '{"a":1}']);
      assert.equal(set.code, 0, set.stderr);
      await until('the change', () => watching.stdout().includes('"value":{"a":1}'));
    });

    test('conformance: a few cases through fault proxies', async (t) => {
      const store = url('').replace('/?', '?').replace('&ttl=4', '');
      const { code, stdout, stderr } = await finished(t, ['conformance', store, '--only', 'commit: ']);
      assert.equal(code, 0, stdout + stderr);
      assert.match(stdout, new RegExp(`${name}: [1-9]\\d* passed, 0 failed`));
    });
  });
}

test('status: a server that refuses connections is exit code 3', async (t) => {
  for (const store of ['consul://127.0.0.1:1/s', 'zookeeper://127.0.0.1:1/s']) {
    const { code, stderr } = await finished(t, ['status', '--store', `${store}?loop_wait=1&retry_timeout=1`]);
    assert.equal(code, 3, stderr);
  }
});

test('consul: a member with register_service is a service of the agent, as long as the ttl says, until it stopped', async () => {
  const address = { conn_url: 'postgres://10.0.0.1:5432/db', api_url: 'http://10.0.0.1:8008/patroni' };
  await using dcs = await open({
    store: `${consul.url}/registered`,
    name: 'n1',
    scope: 'registered',
    consul: { hosts: consul.endpoints, session_ttl_min: 1, register_service: true, service_tags: 'blue' },
  });
  const services = async () => (await consul.api('GET', '/agent/services')) as Record<string, object>;
  await dcs.announce({ state: 'running', role: 'replica', ...address });
  assert.partialDeepStrictEqual(await services(), {
    'registered/n1': { Service: 'registered', Address: '10.0.0.1', Port: 5432, Tags: ['blue', 'replica'] },
  });
  const [agent] = consul.nodes;
  assert.ok(agent);
  assert.equal(kept(agent, 'registered/n1').dropAfter, 5 * dcs.timing.ttl);
  await dcs.retime({ ttl: 40_000 });
  await dcs.announce({ state: 'running', role: 'replica', ...address });
  assert.equal(kept(agent, 'registered/n1').dropAfter, 200_000);
  await dcs.announce({ state: 'stopped', role: 'replica', ...address });
  assert.equal((await services())['registered/n1'], undefined);
});

test('run: a ttl below the least of the store is a usage error that names the range', async (t) => {
  const { code, stderr } = await finished(t, ['run', '--store', `${consul.url}/s`, '--ttl', '10', '--', 'true']);
  assert.equal(code, 2);
  assert.match(stderr, /ttl: 10 is not from 20 to \d+ seconds, which this store grants/);
});
