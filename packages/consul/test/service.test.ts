import assert from 'node:assert/strict';
import { renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { temporaryFolder } from '../../../test/servers/folder.ts';
import { startConsul } from '../../../test/servers/index.ts';
import { consulService } from '../src/index.ts';
import { serviceName } from '../src/service.ts';
import { kept, newToken, until } from './help.ts';

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
  await until('the other role', async () => {
    await service.update({ ...member, role: 'primary' });
    const tags = (await registered())?.Tags;
    if (JSON.stringify(tags) === JSON.stringify(['blue', 'primary', 'master'])) return true;
    // A full synchronisation, as comes soon after the agent's start, lets the catalog's tags win over those that it does not know
    // yet, since EnableTagOverride says that others may change them (agent/local/state.go, updateSyncState).
    assert.deepEqual(tags, ['blue', 'replica']);
    await service.update(member);
    return false;
  });
  await until('a check of the role', () => asked.has('/primary'));
  await until('a check that passes', async () => {
    const checks = Object.values((await cluster.api('GET', '/agent/checks')) as Record<string, { Status: string }>);
    return checks.some(({ Status }) => Status === 'passing');
  });
  await service.update({ ...member, state: 'stopped' });
  assert.equal(await registered(), undefined);
  await service.update({ ...member, state: 'stopped' });
});

suite('what the agent keeps of a registration', async () => {
  const RULES = 'service "batman" { policy = "write" }';
  await using stack = new AsyncDisposableStack();
  const cluster = stack.use(await startConsul({ acl: true }));
  const folder = stack.adopt(await temporaryFolder('tenure-service-'), (it) => it.remove());
  const held = stack.move();
  after(() => held.disposeAsync());
  const { endpoints } = cluster;
  const [node] = cluster.nodes;
  assert.ok(node);
  // Until then whatever is registered beside it needs the right to write the node, too.
  await until('the agent has told the catalog of its node', async () => {
    const found = (await cluster.api('GET', `/catalog/node/${node.name}`)) as { Node?: { Meta: object | null } } | null;
    return Object.keys(found?.Node?.Meta ?? {}).length > 0;
  });

  test('the token is the one in use: after the old one is revoked the catalog still hears of the check', async () => {
    let status = 200;
    const api = createServer((_, response) => response.writeHead(status).end()).listen(0, '127.0.0.1');
    after(() => api.close());
    await until('the API', () => api.listening);
    const member = {
      conn_url: 'postgres://10.1.2.3:5433/postgres',
      api_url: `http://127.0.0.1:${(api.address() as { port: number }).port}/`,
      state: 'running',
      role: 'replica',
    };
    const [first, second] = [await newToken(cluster, 'first', RULES), await newToken(cluster, 'second', RULES)];
    const tokenFile = join(folder.path, 'token');
    writeFileSync(tokenFile, first.SecretID);
    await using service = consulService(
      { endpoints, tokenFile },
      { scope: 'batman', name: 'n1', ttl: 30_000, checkInterval: 1000 },
    );
    const inCatalog = async () => {
      const checks = (await cluster.api('GET', '/health/checks/batman')) as { Status: string }[];
      return checks.map(({ Status }) => Status).join();
    };
    await service.update(member);
    assert.equal(kept(node, 'batman/n1').token, first.SecretID);
    await until('the catalog has a check that passes', async () => (await inCatalog()) === 'passing');

    writeFileSync(`${tokenFile}.new`, second.SecretID);
    renameSync(`${tokenFile}.new`, tokenFile);
    await cluster.api('DELETE', `/acl/token/${first.AccessorID}`);
    await until('the new token is sent', async () => {
      await service.update(member);
      return kept(node, 'batman/n1').token === second.SecretID;
    });
    status = 500;
    await until('the catalog has a check that fails', async () => (await inCatalog()) === 'critical');
    await service.update({ ...member, state: 'stopped' });
  });

  test('the time after which a dead member is dropped is five times the ttl in force', async () => {
    const { SecretID } = await newToken(cluster, 'third', RULES);
    await using service = consulService({ endpoints, token: SecretID }, { scope: 'batman', name: 'n2', ttl: 30_000 });
    const member = { conn_url: 'postgres://h:1/', api_url: 'http://127.0.0.1:1/', state: 'running', role: 'replica' };
    await service.update(member);
    assert.equal(kept(node, 'batman/n2').dropAfter, 150_000);
    await service.update(member, { ttl: 40_000 });
    assert.equal(kept(node, 'batman/n2').dropAfter, 200_000);
    await assert.rejects(service.update(member, { ttl: 0 }), { name: 'RangeError', message: /ttl is 0 ms/ });
    await service.update({ ...member, state: 'stopped' });
  });
});

interface Service {
  readonly Service: string;
  readonly Address: string;
  readonly Port: number;
  readonly Tags: readonly string[];
  readonly EnableTagOverride: boolean;
}
