import { randomUUID } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { setTimeout as sleep } from 'node:timers/promises';
import { Dcs, type OperationEvent } from '@tenure/core';
import { type Row, time } from './report.ts';
import { LOOP_WAIT, type Requests, type Target } from './target.ts';
import { Watching } from './watching.ts';

const LOOPS = 6;
const LOOKS = 100_000;
/** What a watch, and a session's pings, send by themselves. */
const UNASKED = ['Watch', 'GET kv', 'exists'];
/** Percent of one core, for a store without a server. */
const MOST_CPU = 1;

/** What one member cost. */
interface Cost {
  readonly requests: Requests;
  readonly consensusWrites: number | undefined;
  /** Percent of one core. */
  readonly cpu: number;
  /** Milliseconds that were counted. */
  readonly time: number;
}

/**
 * A leader, and then a member that only follows, with nothing to report, each in its loop with a watch, one after the other so
 * that each is counted alone. Requests are counted by the server where there is one, else as calls of core on the store.
 */
export async function idle(target: Target): Promise<Row[]> {
  const timing = { ttl: target.loopsPerTtl * LOOP_WAIT, loopWait: LOOP_WAIT, retryTimeout: LOOP_WAIT };
  const member = () =>
    new Dcs({ store: target.connect(), scope: `bench-${randomUUID()}`, name: 'node1', timing, ownStore: true });
  await using leader = member();
  await using leaderView = new Watching(leader);
  const lease = await leader.campaign();
  await leader.announce({ state: 'running' });
  await lease.renew({ status: { optime: 1 } });
  await leaderView.until(({ members }) => members.length === 1);
  const leading = await cost(target, async () => {
    await Promise.all([lease.renew({ status: { optime: 1 } }), leader.announce({ state: 'running' })]);
  });
  const view = await warmView(leader, target);
  await lease.release();
  await leaderView[Symbol.asyncDispose]();
  await leader.close();

  await using follower = member();
  await using followerView = new Watching(follower);
  await follower.announce({ state: 'running' });
  await followerView.until(({ members }) => members.length === 1);
  const following = await cost(target, async () => {
    await Promise.all([follower.keepAlive(), follower.announce({ state: 'running' })]);
  });

  const rows = [requestsOf('leader', leading, target), requestsOf('follower', following, target)];
  if (leading.consensusWrites !== undefined && following.consensusWrites !== undefined) {
    const ours = `${leading.consensusWrites} and ${following.consensusWrites}`;
    const work = `consensus writes of ${LOOPS} idle loops, leader and follower`;
    const none = target.address !== undefined && 'server' in target.address && target.address.server === 'etcd';
    const ok = leading.consensusWrites + following.consensusWrites === 0;
    rows.push({ work, ours, ...(none && { budget: '0', ok }) });
  }
  const percent = leading.cpu + following.cpu;
  const bounded = target.counts === undefined && { budget: `≤ ${MOST_CPU} %`, ok: percent <= MOST_CPU };
  rows.push({ work: `CPU of both, a loop each ${LOOP_WAIT} ms`, ours: `${percent.toFixed(2)} %`, ...bounded });
  return [...rows, view];
}

async function cost(target: Target, loop: () => Promise<void>): Promise<Cost> {
  await loop();
  const count = await counting(target);
  const start = performance.now();
  const cpu = process.cpuUsage();
  for (let i = 0; i < LOOPS; i += 1) {
    await loop();
    await sleep(LOOP_WAIT);
  }
  const { user, system } = process.cpuUsage(cpu);
  const time = performance.now() - start;
  return { ...(await count()), cpu: (user + system) / 10 / time, time };
}

function requestsOf(role: string, { requests, time }: Cost, target: Target): Row {
  const ours = [...requests].map(([method, n]) => `${(n / LOOPS).toFixed(1)} ${method}`).join(', ') || 'none';
  const reads = target.reads(requests, time);
  const work = `requests of an idle loop, ${role} (ttl ${target.loopsPerTtl} loops)`;
  return { work, ours, budget: 'no reads', ok: reads === 0 };
}

/** What `dcs.latest` costs while a watch runs. */
async function warmView(dcs: Dcs, target: Target): Promise<Row> {
  const count = await counting(target);
  let seen = 0;
  const start = performance.now();
  for (let i = 0; i < LOOKS; i += 1) if (dcs.latest !== undefined) seen += 1;
  const each = (performance.now() - start) / LOOKS;
  const { requests } = await count();
  const sent = [...requests].reduce(
    (sum, [method, n]) => sum + (UNASKED.includes(method) && n < LOOKS / 1000 ? 0 : n),
    0,
  );
  if (seen !== LOOKS) throw new Error('the view was not warm');
  return {
    work: `view from a warm watch, ${LOOKS} times`,
    ours: `${time(each)}, ${sent} requests`,
    budget: '0 requests',
    ok: sent === 0,
  };
}

interface Counted {
  readonly requests: Requests;
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
