import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, test } from 'node:test';
import { startConsul } from '../../../test/servers/index.ts';
import { consulService } from '../src/index.ts';
import { serviceName } from '../src/service.ts';
import { until } from './help.ts';

test('a scope becomes a name of DNS as Patroni makes it', () => {
  assert.equal(serviceName('Batman_1.2 x'), 'batman-1-2-x');
  assert.equal(serviceName('ä:b'), 'u0228u0058b');
  assert.equal(serviceName('x'.repeat(300)).length, 230);
});

test('a service without a name or a time is refused', () => {
  const connection = { endpoints: ['h:8500'] };
  assert.throws(() => consulService(connection, { scope: '', name: 'n1', ttl: 30_000 }), TypeError);
  assert.throws(() => consulService(connection, { scope: 's', name: 'n1', ttl: 0 }), RangeError);
});

test('a member is registered under its role, changed with it, checked, and dropped when it stops', async () => {
  await using cluster = await startConsul();
  const asked = new Set<string>();
  const api = createServer((request, response) => {
    asked.add(request.url ?? '');
    response.end();
  }).listen(0, '127.0.0.1');
  after(() => api.close());
  await until('the API', () => api.listening);
  const { port } = api.address() as { port: number };
  await using service = consulService(
    { endpoints: cluster.endpoints },
    { scope: 'Batman', name: 'n1', ttl: 30_000, tags: ['blue'], checkInterval: 1000 },
  );
  const member = {
    conn_url: 'postgres://10.1.2.3:5433/postgres',
    api_url: `http://127.0.0.1:${port}/patroni`,
    state: 'running',
    role: 'replica',
  };
  const registered = async () =>
    ((await cluster.api('GET', '/agent/services')) as Record<string, Service>)['Batman/n1'];
  await service.update({ ...member, state: 'starting' });
  assert.equal(await registered(), undefined);
  await service.update(member);
  const first = await registered();
  assert.deepEqual(
    [first?.Service, first?.Address, first?.Port, first?.Tags, first?.EnableTagOverride],
    ['batman', '10.1.2.3', 5433, ['blue', 'replica'], true],
  );
  await service.update({ ...member, role: 'primary' });
  assert.deepEqual((await registered())?.Tags, ['blue', 'primary', 'master']);
  await until('a check of the role', () => asked.has('/primary'));
  await until('a check that passes', async () => {
    const checks = Object.values((await cluster.api('GET', '/agent/checks')) as Record<string, { Status: string }>);
    return checks.some(({ Status }) => Status === 'passing');
  });
  await service.update({ ...member, state: 'stopped' });
  assert.equal(await registered(), undefined);
  await service.update({ ...member, state: 'stopped' });
});

interface Service {
  readonly Service: string;
  readonly Address: string;
  readonly Port: number;
  readonly Tags: readonly string[];
  readonly EnableTagOverride: boolean;
}
