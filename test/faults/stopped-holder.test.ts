import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { Dcs } from '@tenure/core';
import { hostNow } from '../clients/host-now.ts';
import { temporaryFolder } from '../servers/folder.ts';
import { newScope } from './outage-parts.ts';
import { storeOf } from './stopped-holder-store.ts';
import { placeOf } from './two-leaders-places.ts';
import type { Place } from './two-leaders-run.ts';

/** Milliseconds. Consul guarantees a half of it, and ZooKeeper about as much. */
const ttls: Readonly<Record<Place['type'], number>> = { embedded: 2000, etcd: 2000, consul: 6000, zookeeper: 4500 };
/** For what waits on another process. */
const PATIENCE = { signal: AbortSignal.timeout(60_000) };

interface Report {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** The next message of that type. */
async function reportOf(holder: ChildProcess, type: string): Promise<Report> {
  for (;;) {
    const [message] = await once(holder, 'message', PATIENCE);
    if ((message as Report).type === type) return message as Report;
  }
}

async function actsIn(log: string): Promise<number[]> {
  const text = await readFile(log, 'utf8').catch(() => '');
  return text.trim().split('\n').filter(Boolean).map(Number);
}

type Still = (holder: ChildProcess, elected: Promise<unknown>, ttl: number) => Promise<void>;

/** The holder stands still until a rival was elected. `still` stops it, and resolves when it goes on. */
async function standstill(t: { diagnostic(text: string): void }, place: Place, still: Still) {
  await using cleanup = new AsyncDisposableStack();
  const folder = cleanup.adopt(await temporaryFolder('tenure-stopped-'), (it) => it.remove());
  const log = join(folder.path, 'acts');
  const [scope, ttl] = [newScope(), ttls[place.type]];
  const holder = fork(join(import.meta.dirname, 'stopped-holder-process.ts'), [
    JSON.stringify(place),
    log,
    String(ttl),
    scope,
  ]);
  cleanup.defer(async () => {
    const gone = once(holder, 'exit');
    holder.kill('SIGKILL');
    await gone;
  });
  const { token } = await reportOf(holder, 'elected');
  const rival = cleanup.use(
    new Dcs({
      store: storeOf(place),
      scope,
      name: 'rival',
      timing: { ttl: 60_000, loopWait: 1000 },
      ownStore: true,
    }),
  );
  assert.equal(await rival.acquire(), undefined);
  const elected = rival.campaign(PATIENCE).then((lease) => ({ lease, at: hostNow() }));
  while ((await actsIn(log)).length < 10) await rival.store.clock.sleep(10, PATIENCE.signal);
  await still(holder, elected, ttl);
  const { lease, at } = await elected;
  assert.equal(lease.token, Number(token) + 1);
  const wrote = reportOf(holder, 'wrote');
  holder.send({ type: 'write' });
  assert.deepEqual(await wrote, { type: 'wrote', fenced: 'LEASE_LOST', raw: 'refused' });
  assert.equal((await rival.config.read()).version, null);
  const acts = await actsIn(log);
  const last = Math.max(...acts);
  t.diagnostic(`${acts.length} acts, the last one ${(at - last).toFixed(0)} ms before the rival's election`);
  assert.ok(last < at, `the holder acted ${last - at} ms after its rival was elected`);
}

const servers = new AsyncDisposableStack();
after(async () => await servers.disposeAsync());

suite('a holder that stands still for longer than its ttl', { concurrency: true }, async () => {
  const types = Object.keys(ttls) as Place['type'][];
  for (const place of await Promise.all(types.map((type) => placeOf(type, servers)))) {
    test(`${place.type}, stopped by SIGSTOP: no act after it wakes, and the fence refuses its write`, async (t) => {
      await standstill(t, place, async (holder, elected) => {
        holder.kill('SIGSTOP');
        await elected;
        holder.kill('SIGCONT');
      });
    });

    test(`${place.type}, stalled: the first look after it says no, and the fence refuses its write`, async (t) => {
      await standstill(t, place, async (holder, _elected, ttl) => {
        const woke = reportOf(holder, 'woke');
        holder.send({ type: 'stall', ms: 1.5 * ttl });
        assert.deepEqual(await woke, { type: 'woke', held: false, aborted: true });
      });
    });
  }
});
