import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Dcs, lead } from '@tenure/core';
import { type EtcdVersion, startEtcd } from '../../../test/servers/index.ts';
import { etcd } from '../src/index.ts';
import { Follower, handled, TcpProxy, until } from './help.ts';

const versions: readonly EtcdVersion[] = ['3.4', '3.5'];

for (const version of versions) {
  test(`etcd ${version}: passwords, tokens that end, and roles`, async (t) => {
    /** Seconds; etcd takes no less than 1, and ends a simple token up to a second late. */
    const tokenTtl = 1;
    await using cluster = await startEtcd({ version, fast: true, auth: true, authTokenTtl: tokenTtl });
    const [endpoint = ''] = cluster.endpoints;
    const endpoints = [endpoint];
    const root = { username: cluster.username ?? '', password: cluster.password ?? '' };
    const tokenEnded = async () => {
      const began = performance.now();
      await until('the token has ended', () => performance.now() - began > (tokenTtl + 1.5) * 1000);
    };

    await t.test('a wrong password is denied at once, after one login', async () => {
      await using store = etcd({ endpoints, ...root, password: 'wrong' });
      const before = handled(await cluster.metrics(0), 'Authenticate');
      await assert.rejects(store.read('/'), { code: 'DENIED' });
      assert.equal(handled(await cluster.metrics(0), 'Authenticate') - before, 1);
      await assert.rejects(store.commit({ guards: [], writes: [{ type: 'delete', key: '/a' }] }), {
        code: 'DENIED',
        maybeApplied: false,
      });
      const follower = new Follower(store, '/', 1000);
      await until('the watch is refused', () => follower.error !== undefined);
      assert.match(String(follower.error), /DcsError: etcd: read at .*authentication failed/);
      assert.ok(!String(follower.error).includes('wrong'));
    });

    await t.test('no password where one is needed is denied', async () => {
      await using store = etcd({ endpoints });
      await assert.rejects(store.read('/'), { code: 'DENIED' });
    });

    await t.test('calls at the same time share one login, and an ended token costs one more', async () => {
      await using store = etcd({ endpoints, ...root });
      const before = handled(await cluster.metrics(0), 'Authenticate');
      const reads = () => Promise.all(Array.from({ length: 8 }, () => store.read('/')));
      await reads();
      assert.equal(handled(await cluster.metrics(0), 'Authenticate') - before, 1);
      await tokenEnded();
      await store.commit({ guards: [], writes: [{ type: 'put', key: '/token/a', value: '1' }] });
      assert.equal(handled(await cluster.metrics(0), 'Authenticate') - before, 2);
    });

    await t.test('a live watch outlives its token, also over a broken connection', async () => {
      await using proxy = new TcpProxy(endpoint);
      await using store = etcd({ endpoints: [await proxy.listen()], ...root });
      await using other = etcd({ endpoints, ...root });
      const follower = new Follower(store, '/live/', 1000);
      await until('the first state', () => follower.last !== undefined);
      await tokenEnded();
      proxy.cut();
      await other.commit({ guards: [], writes: [{ type: 'put', key: '/live/a', value: '1' }] });
      await until('the change', () => follower.value('/live/a') === '1');
      assert.equal(follower.error, undefined);
      await follower.stop();
    });

    await t.test('a role that reads only its prefix', async () => {
      await cluster.ctl(['role', 'add', 'reader']);
      await cluster.ctl(['role', 'grant-permission', 'reader', 'read', '--prefix=true', '/mine/']);
      await cluster.ctl(['user', 'add', 'reader:secret']);
      await cluster.ctl(['user', 'grant-role', 'reader', 'reader']);
      await using store = etcd({ endpoints, username: 'reader', password: 'secret' });
      assert.equal((await store.read('/mine/')).entries.size, 0);
      await assert.rejects(store.read('/'), { code: 'DENIED' });
      const session = await store.openSession(5000);
      assert.notEqual(await session.renew(), undefined);
      assert.notEqual(await store.commit({ guards: [{ key: '/mine/a', version: null }], writes: [] }), undefined);
      const put = { type: 'put', key: '/mine/a', value: '1' } as const;
      await assert.rejects(store.commit({ guards: [], writes: [put] }), { code: 'DENIED', maybeApplied: false });
      await assert.rejects(session.renew({ guards: [], writes: [put] }), { code: 'DENIED', maybeApplied: false });
    });

    await t.test('a role that reads and writes its prefix is enough for all', async () => {
      await cluster.ctl(['role', 'add', 'writer']);
      await cluster.ctl(['role', 'grant-permission', 'writer', 'readwrite', '--prefix=true', '/mine/']);
      await cluster.ctl(['user', 'add', 'writer:secret']);
      await cluster.ctl(['user', 'grant-role', 'writer', 'writer']);
      await using store = etcd({ endpoints, username: 'writer', password: 'secret' });
      const session = await store.openSession(5000);
      const key = '/mine/leader';
      const put = { type: 'put', key, value: 'n', session } as const;
      const versions = (await store.commit({ guards: [{ key, version: null }], writes: [put] }))?.versions;
      const follower = new Follower(store, '/mine/', 2000);
      await until('the watch', () => follower.value(key) === 'n');
      const guards = [{ key, version: versions?.get(key) ?? null }];
      assert.notEqual(await session.renew({ guards, writes: [] }), undefined);
      assert.notEqual(await session.renew(), undefined);
      await session.end();
      await until('the end', () => follower.last?.entries.size === 0);
      await follower.stop();
    });
  });
}

test('case 90: the auth revision that a token was made for is old: write and renewal log in anew, and go on', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tenure-etcd-jwt-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const keys = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  const [pub, priv] = [join(folder, 'pub.pem'), join(folder, 'priv.pem')];
  writeFileSync(pub, keys.publicKey);
  writeFileSync(priv, keys.privateKey, { mode: 0o600 });
  // A simple token is good for whatever the revision is; a jwt carries the one that it was made for.
  const jwt = `jwt,pub-key=${pub},priv-key=${priv},sign-method=RS256,ttl=1h`;
  await using cluster = await startEtcd({ version: '3.5', fast: true, auth: true, args: ['--auth-token', jwt] });
  await using store = etcd({ endpoints: cluster.endpoints, username: 'root', password: 'root' });
  const put = { type: 'put', key: '/old/a', value: '1' } as const;
  const session = await store.openSession(5000);
  const logins = async () => handled(await cluster.metrics(0), 'Authenticate');
  for (const [name, write] of Object.entries({
    commit: () => store.commit({ guards: [], writes: [put] }),
    renew: () => session.renew({ guards: [], writes: [put] }),
  })) {
    await cluster.ctl(['role', 'add', name]);
    const before = await logins();
    assert.notEqual(await write(), undefined, name);
    assert.equal((await logins()) - before, 1, name);
  }
  await session.end();
});

for (const { what, username, password, message } of [
  { what: 'case 91: a wrong password', username: 'root', password: 'wrong', message: /authentication failed/ },
  { what: 'case 92: a role that may only read', username: 'reader', password: 'secret', message: /permission denied/ },
]) {
  test(`${what} ends campaign and lead with DENIED, after few requests`, async () => {
    const args = ['--bcrypt-cost', '4'];
    await using cluster = await startEtcd({ version: '3.5', fast: true, auth: true, args });
    await cluster.ctl(['role', 'add', 'reader']);
    await cluster.ctl(['role', 'grant-permission', 'reader', 'read', '--prefix=true', '/service/']);
    await cluster.ctl(['user', 'add', 'reader:secret']);
    await cluster.ctl(['user', 'grant-role', 'reader', 'reader']);
    await using store = etcd({ endpoints: cluster.endpoints, username, password });
    await using dcs = new Dcs({ store, scope: 's', name: 'n' });
    const asked = async () => {
      const metrics = await cluster.metrics(0);
      return ['Authenticate', 'Range', 'Txn', 'LeaseGrant'].reduce((sum, each) => sum + handled(metrics, each), 0);
    };
    for (const [name, work] of Object.entries({
      acquire: () => dcs.acquire(),
      campaign: () => dcs.campaign(),
      lead: () => lead(dcs, () => assert.fail('it leads')),
    })) {
      const before = await asked();
      await assert.rejects(work, { code: 'DENIED', maybeApplied: false, message }, name);
      // The state, a session, an attempt, and a login for each of them and for the watch: no round is repeated.
      assert.ok((await asked()) - before <= 8, `${name} asked ${(await asked()) - before} times`);
    }
  });
}

test('a username where authentication is off is passed over', async () => {
  await using cluster = await startEtcd({ version: '3.5', fast: true });
  await using store = etcd({ endpoints: cluster.endpoints, username: 'someone', password: 'something' });
  assert.equal((await store.read('/')).entries.size, 0);
  await cluster.ctl(['user', 'add', 'someone:something']);
  await cluster.ctl(['user', 'add', 'root:root']);
  await cluster.ctl(['user', 'grant-role', 'someone', 'root']);
  await cluster.ctl(['user', 'grant-role', 'root', 'root']);
  await cluster.ctl(['auth', 'enable']);
  assert.equal((await store.read('/')).entries.size, 0, 'and used from the moment that it is on');
});

for (const version of versions) {
  test(`etcd ${version} over TLS: certificates of both sides, and files that are rotated`, async (t) => {
    await using cluster = await startEtcd({ version, fast: true, auth: false, tls: true });
    const { certs, endpoints } = cluster;
    assert.ok(certs !== undefined);
    const folder = mkdtempSync(join(tmpdir(), 'tenure-etcd-tls-'));
    const tls = { ca: join(folder, 'ca'), cert: join(folder, 'cert'), key: join(folder, 'key') };
    const use = (pair: { cert: string; key: string }) => {
      copyFileSync(certs.ca, tls.ca);
      copyFileSync(pair.cert, tls.cert);
      copyFileSync(pair.key, tls.key);
    };
    t.after(() => rmSync(folder, { recursive: true }));

    await t.test('the wrong authority is not trusted, and the message says so', async () => {
      await using store = etcd({ endpoints, tls: { cert: certs.client.cert, key: certs.client.key } });
      await assert.rejects(store.read('/', { timeout: 1500 }), { code: 'UNAVAILABLE', message: /certificate/ });
    });

    await t.test('no client certificate where one is needed', async () => {
      await using store = etcd({ endpoints, tls: { ca: certs.ca } });
      await assert.rejects(store.read('/', { timeout: 1500 }), { code: 'UNAVAILABLE' });
    });

    await t.test('both sides trusted', async () => {
      await using store = etcd({ endpoints, tls: { ca: certs.ca, cert: certs.client.cert, key: certs.client.key } });
      assert.equal((await store.read('/')).entries.size, 0);
    });

    await t.test('a rotated certificate is used without a restart', async () => {
      // etcd takes the common name of the certificate for the user, so who one is shows which certificate is in use.
      await cluster.enableAuth();
      use(certs.client);
      await using store = etcd({ endpoints, tls });
      await assert.rejects(store.read('/'), { code: 'DENIED' });
      use(certs.root);
      await until('the new certificate', () => store.read('/').catch(() => undefined));
      const follower = new Follower(store, '/rotate/', 1000);
      await until('the watch', () => follower.last !== undefined);
      copyFileSync(certs.client.key, tls.key);
      const began = performance.now();
      await until('a look at the half-done rotation', () => performance.now() - began > 1500);
      assert.ok(await store.commit({ guards: [], writes: [{ type: 'put', key: '/rotate/a', value: '1' }] }));
      await until('the change', () => follower.value('/rotate/a') === '1');
      await follower.stop();
    });
  });
}
