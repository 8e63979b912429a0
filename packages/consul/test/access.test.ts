import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { inspect } from 'node:util';
import { makeCertificates } from '../../../test/servers/certs.ts';
import { type KeyPair, startConsul } from '../../../test/servers/index.ts';
import { consul } from '../src/index.ts';
import { failsWith, newToken, put, until } from './help.ts';

const folder = mkdtempSync(join(tmpdir(), 'tenure-consul-test-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** What one scope needs, and no more. */
const RULES = 'key_prefix "service/batman/" { policy = "write" } session_prefix "" { policy = "write" }';

suite('ACL', async () => {
  const cluster = await startConsul({ fast: true, acl: true });
  after(() => cluster.stop());
  const { endpoints } = cluster;

  test('writing the scope and sessions suffices for everything', async () => {
    const { SecretID } = await newToken(cluster, 'member', RULES);
    await using store = consul({ endpoints, token: SecretID, sessionTtlMin: 1000 });
    const session = await store.openSession(20_000);
    const writes = [{ ...put('/service/batman/leader', 'a'), session }, put('/service/batman/epoch', '1')];
    const guards = writes.map(({ key }) => ({ key, version: null }));
    const commit = await store.commit({ guards, writes });
    const proof = {
      guards: [{ key: '/service/batman/epoch', version: commit?.versions.get('/service/batman/epoch') ?? null }],
      writes: [],
    };
    assert.ok(await session.renew(proof));
    assert.ok(await session.renew());
    assert.equal((await store.read('/service/batman/')).entries.size, 2);
    const watch = store.watch('/service/batman/')[Symbol.asyncIterator]();
    assert.equal((await watch.next()).value?.entries.size, 2);
    await session.end();
    await session.end();
  });

  test('case 92: what the token may not do is DENIED and not done, and no error shows a token', async () => {
    const { SecretID } = await newToken(cluster, 'reader', 'key_prefix "service/batman/" { policy = "read" }');
    await using store = consul({ endpoints, token: SecretID, sessionTtlMin: 1000 });
    const txn = { guards: [], writes: [put('/service/batman/x', '')] };
    const errors = [
      await failsWith('DENIED', store.commit(txn)),
      await failsWith('DENIED', store.openSession(2000)),
      await failsWith('DENIED', store.read('/service/other/')),
      await failsWith('DENIED', store.watch('/service/other/')[Symbol.asyncIterator]().next()),
    ];
    for (const error of errors) {
      assert.equal(error.maybeApplied, false);
      assert.ok(!inspect(error, { depth: 10, showHidden: true }).includes(SecretID));
    }
  });

  test('without a token nothing is readable, which is not taken for nothing', async () => {
    await using store = consul({ endpoints });
    await failsWith('DENIED', store.read('/service/batman/'));
  });

  test('case 93: a token that is revoked is DENIED, and a new one in the file takes over', async () => {
    const first = await newToken(cluster, 'first', RULES);
    const tokenFile = join(folder, 'token');
    writeFileSync(tokenFile, `${first.SecretID}\n`);
    await using store = consul({ endpoints, tokenFile, sessionTtlMin: 1000 });
    const txn = { guards: [], writes: [put('/service/batman/y', '')] };
    assert.ok(await store.commit(txn));
    await cluster.api('DELETE', `/acl/token/${first.AccessorID}`);
    await until('the revocation counts', () =>
      store.commit(txn).then(
        () => false,
        (error: { code?: string }) => error.code === 'DENIED',
      ),
    );
    const second = await newToken(cluster, 'second', RULES);
    writeFileSync(`${tokenFile}.new`, second.SecretID);
    renameSync(`${tokenFile}.new`, tokenFile);
    await until('the new token counts', () => store.commit(txn).catch(() => false));
  });
});

suite('TLS', async () => {
  const cluster = await startConsul({ fast: true, tls: true });
  after(() => cluster.stop());
  const { endpoints } = cluster;
  const certs = cluster.certs;
  assert.ok(certs);

  test('both sides show a certificate', async () => {
    const tls = { ca: certs.ca, ...certs.client };
    await using store = consul({ endpoints, tls, sessionTtlMin: 1000 });
    await using session = await store.openSession(20_000);
    const writes = [{ ...put('/a/leader', 'a'), session }];
    assert.ok(await store.commit({ guards: [], writes }));
    assert.ok(await session.renew());
    assert.equal((await store.read('/a/')).entries.get('/a/leader')?.session, session.id);
  });

  test('an untrusted server and a client without a certificate are UNAVAILABLE; nothing was sent to the former', async () => {
    const txn = { guards: [], writes: [put('/a/x', '')] };
    await using wary = consul({ endpoints, tls: { ...certs.client } });
    assert.equal((await failsWith('UNAVAILABLE', wary.commit(txn, { timeout: 2000 }))).maybeApplied, false);
    await using nobody = consul({ endpoints, tls: { ca: certs.ca } });
    await failsWith('UNAVAILABLE', nobody.read('/a/', { timeout: 2000 }));
  });

  test('rotated files are taken up without a new store', async () => {
    const [cert, key] = [join(folder, 'c.crt'), join(folder, 'c.key')];
    const strange = await makeCertificates(join(folder, 'strange'));
    const use = (pair: KeyPair) => {
      copyFileSync(pair.cert, cert);
      copyFileSync(pair.key, key);
    };
    use(strange.client);
    await using store = consul({ endpoints, tls: { ca: certs.ca, cert, key } });
    await failsWith('UNAVAILABLE', store.read('/a/', { timeout: 1000 }));
    use(certs.client);
    await until('a read with the new pair', () => store.read('/a/', { timeout: 1000 }).catch(() => false));
  });
});
