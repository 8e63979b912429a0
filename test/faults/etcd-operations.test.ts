import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Dcs, DcsError } from '@tenure/core';
import { etcd } from '@tenure/etcd';
import { startEtcd } from '../servers/index.ts';
import { etcdBackend } from './etcd.ts';
import { Contender, succession } from './outage-contender.ts';
import { ms, newScope, now, until } from './outage-parts.ts';

const QUOTA = 4 * 1024 * 1024;

test('etcd 3.5, the quota of three members is used up: the holder keeps its lease, writes say LIMIT, all works when there is space again', {
  timeout: 120_000,
}, async (t) => {
  const { roomy } = etcdBackend('3.5');
  await using cluster = await startEtcd({ version: '3.5', nodes: 3, fast: true, quotaBytes: QUOTA });
  await using store = etcd({ endpoints: cluster.endpoints });
  const scope = newScope();
  await using holder = new Contender(store, scope, 'a', roomy);
  await until('the election', () => holder.leads);
  await using rival = new Contender(store, scope, 'b', roomy);
  await using dcs = new Dcs({ store, scope, name: 'w', timing: roomy });
  await until('the rival waits', () => rival.knows(holder.term?.token ?? 0));
  const value = 'x'.repeat(500_000);
  const fill = () => store.commit({ guards: [], writes: [{ type: 'put', key: '/quota/fill', value }] });
  const refusal = await until('the quota', () =>
    fill().then(
      () => undefined,
      (error: unknown) => error,
    ),
  );
  assert.ok(DcsError.is(refusal, 'LIMIT'), String(refusal));
  assert.match(refusal.message, /database space exceeded/);
  const full = now();
  for (const work of [() => dcs.config.write({ ttl: 30 }), () => dcs.announce({ state: 'running' })]) {
    await assert.rejects(work, { code: 'LIMIT', message: /database space exceeded/ });
  }
  // A renewal writes nothing.
  await until('renewals', () => holder.renewalsAfter(full) > 2);
  assert.equal(rival.error, undefined);
  // Deleting is allowed, and so is giving up the office; entering it is not, and nobody minds.
  await holder.leave();
  const left = now();
  await assert.rejects(dcs.acquire(), { code: 'LIMIT' });
  assert.deepEqual([rival.terms.length, rival.error], [0, undefined]);

  const status = JSON.parse(await cluster.ctl(['endpoint', 'status', '--write-out=json'])) as readonly {
    readonly Status: { readonly header: { readonly revision: number } };
  }[];
  await cluster.ctl(['compact', String(status[0]?.Status.header.revision)]);
  await cluster.ctl(['defrag']);
  await cluster.ctl(['alarm', 'disarm']);
  const freed = now();
  await until('the rival leads', () => rival.term && rival.term.acts > 0);
  assert.ok(await fill());
  assert.ok(await dcs.config.write({ ttl: 30 }));
  const { terms, window } = succession(holder, rival);
  assert.deepEqual(
    terms.map(({ name }) => name),
    ['a', 'b'],
  );
  t.diagnostic(
    `two-leader window ${ms(window)}; full for ${ms(freed - full)}, ${ms(freed - left)} of them without a leader; ` +
      `the rival led ${ms((rival.term?.from ?? NaN) - freed)} after there was space; longest gap ${ms(holder.longestGap)}`,
  );
});
