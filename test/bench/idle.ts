import { randomUUID } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { setTimeout as sleep } from 'node:timers/promises';
import { Dcs, type OperationEvent } from '@tenure/core';
import { type Row, time } from './report.ts';
import type { Target } from './target.ts';
import { Watching } from './watching.ts';

const LOOPS = 6;
/** Milliseconds, in real time, so that what a watch asks by itself is counted too. Ten seconds are usual. */
const LOOP_WAIT = 1000;
const LOOKS = 100_000;
/** Percent of one core, for a store without a server. */
const MOST_CPU = 1;

/**
 * A leader and a follower that have nothing to report, each in its loop with a watch. Requests are counted by the server
 * where there is one, else as calls of core on the store.
 */
export async function idle(target: Target): Promise<Row[]> {
  const scope = `bench-${randomUUID()}`;
  const timing = { ttl: 3 * LOOP_WAIT, loopWait: LOOP_WAIT, retryTimeout: LOOP_WAIT };
  const member = (name: string) => new Dcs({ store: target.connect(), scope, name, timing, ownStore: true });
  await using leader = member('leader');
  await using follower = member('follower');
  await using leaderView = new Watching(leader);
  await using followerView = new Watching(follower);
  const lease = await leader.campaign();
  await Promise.all([leader, follower].map((dcs) => dcs.announce({ state: 'running' })));
  await lease.renew({ status: { optime: 1 } });
  await Promise.all([leaderView, followerView].map((it) => it.until(({ members }) => members.length === 2)));

  const loop = async () => {
    await Promise.all([
      lease.renew({ status: { optime: 1 } }),
      leader.announce({ state: 'running' }),
      follower.keepAlive(),
      follower.announce({ state: 'running' }),
    ]);
  };
  await loop();
  const count = await counting(target);
  const cpu = process.cpuUsage();
  for (let i = 0; i < LOOPS; i += 1) {
    await loop();
    await sleep(LOOP_WAIT);
  }
  const { user, system } = process.cpuUsage(cpu);
  const { requests, consensusWrites } = await count();

  const reads = (requests.get('Range') ?? 0) + (requests.get('read') ?? 0);
  const perLoop = [...requests].map(([method, n]) => `${(n / LOOPS).toFixed(1)} ${method}`).join(', ');
  const rows: Row[] = [
    { work: 'requests per idle loop, leader + follower', ours: perLoop || 'none', budget: 'no reads', ok: reads === 0 },
  ];
  if (consensusWrites !== undefined) {
    rows.push({
      work: `consensus writes, ${2 * LOOPS} idle renewals`,
      ours: String(consensusWrites),
      budget: '0',
      ok: consensusWrites === 0,
    });
  }
  const percent = (user + system) / 10 / (LOOPS * LOOP_WAIT);
  const bounded = target.counts === undefined && { budget: `≤ ${MOST_CPU} %`, ok: percent <= MOST_CPU };
  rows.push({ work: `CPU of both, a loop each ${LOOP_WAIT} ms`, ours: `${percent.toFixed(2)} %`, ...bounded });
  return [...rows, await warmView(leader, target)];
}

/** What `dcs.latest` costs while a watch runs. */
async function warmView(dcs: Dcs, target: Target): Promise<Row> {
  const count = await counting(target);
  let seen = 0;
  const start = performance.now();
  for (let i = 0; i < LOOKS; i += 1) if (dcs.latest !== undefined) seen += 1;
  const each = (performance.now() - start) / LOOKS;
  const { requests } = await count();
  const sent = [...requests].reduce((sum, [method, n]) => sum + (method === 'Watch' ? 0 : n), 0);
  if (seen !== LOOKS) throw new Error('the view was not warm');
  return {
    work: `view from a warm watch, ${LOOKS} times`,
    ours: `${time(each)}, ${sent} requests`,
    budget: '0 requests',
    ok: sent === 0,
  };
}

interface Counted {
  readonly requests: ReadonlyMap<string, number>;
  readonly consensusWrites: number | undefined;
}

/** Starts to count; the function that it gives ends that. */
async function counting(target: Target): Promise<() => Promise<Counted>> {
  if (target.counts !== undefined) {
    const { counts } = target;
    const before = await counts();
    return async () => {
      const after = await counts();
      const requests = new Map<string, number>();
      for (const [method, n] of after.requests) {
        const delta = n - (before.requests.get(method) ?? 0);
        if (delta > 0) requests.set(method, delta);
      }
      return { requests, consensusWrites: after.consensusWrites - before.consensusWrites };
    };
  }
  const requests = new Map<string, number>();
  const listen = (event: unknown) => {
    const { operation } = event as OperationEvent;
    requests.set(operation, (requests.get(operation) ?? 0) + 1);
  };
  subscribe('tenure:operation', listen);
  return async () => {
    unsubscribe('tenure:operation', listen);
    return { requests, consensusWrites: undefined };
  };
}
