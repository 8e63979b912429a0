import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { Dcs, DcsError, type Store } from '@tenure/core';
import { startConsul } from '../../../test/servers/index.ts';
import { consul } from '../src/index.ts';
import { toTxnBody } from '../src/rpc.ts';
import { MOST_REQUEST_BYTES, toWireTxn } from '../src/txn.ts';
import { failsWith, put, requestOf, until } from './help.ts';

const folder = mkdtempSync(join(tmpdir(), 'tenure-consul-cases-'));
after(() => rmSync(folder, { recursive: true, force: true }));

suite('a server with the session TTLs of Consul', { concurrency: 4 }, async () => {
  const cluster = await startConsul();
  after(() => cluster.stop());
  const { endpoints } = cluster;
  const look = async (store: Store, key: string) => (await store.read(key)).entries.get(key);

  test('case 29: a ttl of 20 s is asked for as 10 s, and its keys go after 20 s and not after 10', async () => {
    await using store = consul({ endpoints });
    const sent = performance.now();
    const session = await store.openSession(20_000);
    const [info] = (await cluster.api('GET', `/session/info/${session.id}`)) as { TTL: string }[];
    assert.equal(info?.TTL, '10000ms');
    await store.commit({ guards: [], writes: [{ ...put('/case29/k', ''), session }] });
    await until(
      'the key goes',
      async () => {
        if ((await look(store, '/case29/k')) !== undefined) return false;
        // Twice what was asked for; Go's timers are no earlier, and ours count from before the sending.
        assert.ok(performance.now() - sent >= 20_000, `gone after ${performance.now() - sent} ms`);
        return true;
      },
      // The server says 20 s; a busy machine may be this late.
      30_000,
    );
    await failsWith('SESSION_LOST', session.renew());
  });

  test('case 45: a member whose key is under a lock delay is not told to be announced', async () => {
    await using store = consul({ endpoints });
    const timing = { ttl: 30_000, loopWait: 1000, retryTimeout: 3000 };
    await using dcs = new Dcs({ store, scope: 'case45', name: 'a', timing });
    await dcs.keepAlive();
    const key = '/service/case45/members/a';
    // Twice what the announcement waits.
    const foreign = { LockDelay: '6s', TTL: '30s', Behavior: 'delete' };
    const { ID } = (await cluster.api('PUT', '/session/create', JSON.stringify(foreign))) as { ID: string };
    assert.equal(await cluster.api('PUT', `/kv${key}?acquire=${ID}`, '{}'), true);
    await cluster.api('PUT', `/session/destroy/${ID}`);
    await failsWith('UNAVAILABLE', dcs.announce({ state: 'running' }));
    assert.equal(await look(store, key), undefined);
    const announced = () => dcs.announce({ state: 'running' }).then(() => true, ifUnavailable);
    await until('the lock delay is over', announced, 30_000);
    assert.equal((await look(store, key))?.session, dcs.session);
  });

  test('case 58: the version of a write is that of the write, whoever wrote before it was looked at', async () => {
    await using store = consul({ endpoints });
    const key = '/case58/sync';
    const commit = await store.commit({ guards: [{ key, version: null }], writes: [put(key, 'mine')] });
    const version = commit?.versions.get(key) ?? null;
    assert.equal((await look(store, key))?.version, version);
    await cluster.api('PUT', `/kv${key}`, 'theirs');
    assert.equal(await store.commit({ guards: [{ key, version }], writes: [put(key, 'mine again')] }), undefined);
    assert.equal((await look(store, key))?.value, 'theirs');
  });

  test('a commit is as large as the server takes, to the byte, and what is larger is refused before it is sent', async () => {
    await using store = consul({ endpoints });
    const full = requestOf(MOST_REQUEST_BYTES, '/full');
    assert.ok(await store.commit(full));
    assert.equal((await store.read('/full/')).entries.size, 2);
    const over = await failsWith('LIMIT', store.commit(requestOf(MOST_REQUEST_BYTES + 1, '/over')));
    assert.match(over.message, /524289 bytes.*at most 524288/);
    assert.equal(over.maybeApplied, false);
    const body = JSON.stringify(toTxnBody(toWireTxn(full).ops));
    await assert.rejects(cluster.api('PUT', '/txn', `${body} `), /status 413/);
    assert.equal((await store.read('/over/')).entries.size, 0);
  });

  test('a renewal writes nothing for a session that the server has ended', async () => {
    await using store = consul({ endpoints });
    const session = await store.openSession(30_000);
    await cluster.api('PUT', `/session/destroy/${session.id}`);
    const error = await failsWith('SESSION_LOST', session.renew({ guards: [], writes: [put('/ended/k', '')] }));
    assert.equal(error.maybeApplied, false);
    assert.equal(await look(store, '/ended/k'), undefined);
  });
});

test('case 79: a watch outlives the restoring of a snapshot, which sets the index back', async () => {
  const cluster = await startConsul({ fast: true });
  try {
    await using store = consul({ endpoints: cluster.endpoints });
    await store.commit({ guards: [], writes: [put('/case79/k', 'saved')] });
    const saved = (await store.read('/case79/k')).entries.get('/case79/k')?.version;
    const file = join(folder, 'snapshot');
    await cluster.ctl(['snapshot', 'save', file]);
    const seen: string[] = [];
    const following = (async () => {
      for await (const { entries } of store.watch('/case79/')) {
        const entry = entries.get('/case79/k');
        seen.push(`${entry?.value} ${entry?.version === saved}`);
      }
    })();
    following.catch(() => {});
    for (let n = 0; n < 20; n++) await store.commit({ guards: [], writes: [put('/case79/k', `later ${n}`)] });
    await until('the watch is up to date', () => seen.at(-1) === 'later 19 false');
    await cluster.ctl(['snapshot', 'restore', file]);
    await until('the restored state', () => seen.at(-1) === 'saved true', 60_000);
    const after = await until(
      'a write',
      () => store.commit({ guards: [], writes: [put('/case79/k', 'after')] }).catch(ifUnavailable),
      30_000,
    );
    assert.ok(after);
    await until('what comes after it', () => seen.at(-1) === 'after false');
  } finally {
    await cluster.stop();
  }
});

function ifUnavailable(error: unknown): undefined {
  if (!DcsError.is(error, 'UNAVAILABLE')) throw error;
  return undefined;
}
