import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { open } from 'tenure';
import { kept } from '../../consul/test/help.ts';
import { everyServer, storesOf, urlOf } from './served.ts';
import { alive, begun, finished, folder, overlaps, readLog, tenure, until, worker } from './tools.ts';

/** The command on the stores that the other tests do not use; the servers are real. */
const servers = await everyServer();
const { consul } = servers;

suite('each command', { concurrency: true }, () => {
  for (const store of storesOf(servers)) {
    const { name } = store;
    const url = (scope: string) => urlOf(store, scope, { ttl: '12' });
    suite(name, { concurrency: 1 }, () => {
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
        const { code, stdout, stderr } = await finished(t, ['conformance', urlOf(store), '--only', 'commit: ']);
        assert.equal(code, 0, stdout + stderr);
        assert.match(stdout, new RegExp(`${name}: [1-9]\\d* passed, 0 failed`));
      });

      test('run: kill -9 of the runner takes its command along, and the next one runs under the next token', async (t) => {
        const log = join(await folder(t), 'log');
        const run = (runner: string) => [
          'run',
          '--store',
          urlOf(store, 'handed-over', { ttl: '8' }),
          '--name',
          runner,
          ...worker(log),
        ];
        const a = tenure(t, run('a'));
        const { pid, token } = await begun(log, 'a');
        const b = tenure(t, run('b'));
        await until('b waits', () => b.stderr().includes('waiting'));
        a.process.kill('SIGKILL');
        await until('the command is gone', () => !alive(pid));
        const next = await begun(log, 'b');
        assert.deepEqual([token, next.token], [1, 2]);
        assert.deepEqual(overlaps(readLog(log)), []);
        b.process.kill('SIGTERM');
        assert.equal((await b.ended).code, 0, b.stderr());
      });
    });
  }
});

test('status: a server that refuses connections is exit code 3', async (t) => {
  for (const store of ['etcd://127.0.0.1:1/s', 'consul://127.0.0.1:1/s', 'zookeeper://127.0.0.1:1/s']) {
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
