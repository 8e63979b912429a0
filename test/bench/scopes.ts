import { randomUUID } from 'node:crypto';
import { FaultProxy } from '@tenure/conformance';
import { Dcs, SharedSession, type Store } from '@tenure/core';
import { type Row, time } from './report.ts';
import { connect, type Target } from './target.ts';
import { Watching } from './watching.ts';

const MANY = 1000;
const AT_ONCE = 50;
/** Milliseconds: half of it is guaranteed on Consul, and all take office before any renews. */
const TTL = 300_000;

/** A thousand leaders with a watch each in one process, on one session: connections are counted on their way to the server. */
export async function scopes(target: Target): Promise<Row[]> {
  await using stack = new AsyncDisposableStack();
  let proxy: FaultProxy | undefined;
  let store: Store;
  if (target.address !== undefined && 'server' in target.address) {
    const [host = '', port = ''] = target.address.endpoint.split(':');
    proxy = stack.use(await FaultProxy.open({ host, port: Number(port) }));
    store = stack.use(connect({ ...target.address, endpoint: `127.0.0.1:${proxy.address.port}` }));
  } else {
    store = stack.use(target.connect());
  }
  const count = MANY;
  const session = stack.use(new SharedSession(store, TTL));
  const prefix = `bench-${randomUUID()}`;
  const lead = async (index: number) => {
    const dcs = new Dcs({ store, scope: `${prefix}-${index}`, name: 'node1', timing: { ttl: TTL }, session });
    // As after a first use: on Consul a watch of a scope without any key wakes for every write of anybody.
    await dcs.config.write({ ttl: TTL / 1000 });
    const watching = stack.use(new Watching(dcs));
    const lease = await dcs.campaign();
    await watching.until(({ leader }) => leader?.name === 'node1');
    return lease;
  };
  const first = await lead(0);
  const alone = proxy?.open;
  const leases = [first];
  // A proxy in this very process cannot take a thousand new connections at once.
  while (leases.length < count) {
    const some = Array.from({ length: Math.min(AT_ONCE, count - leases.length) }, (_, i) => lead(leases.length + i));
    leases.push(...(await Promise.all(some)));
  }
  const before = await target.counts?.();
  const start = performance.now();
  await Promise.all(leases.map((lease) => lease.renew()));
  const took = performance.now() - start;
  const after = await target.counts?.();
  const rows: Row[] = [{ work: `${count} scopes: one loop of all`, ours: time(took) }];
  if (proxy !== undefined) {
    const ours = `${proxy.open}, and ${alone} with one scope`;
    rows.push({ work: `${count} scopes: connections`, ours, budget: 'one set', ok: proxy.open === alone });
  }
  if (before !== undefined && after !== undefined) {
    const requests = new Map(
      [...after.requests]
        .map(([method, n]) => [method, n - (before.requests.get(method) ?? 0)] as const)
        .filter(([, n]) => n > 0),
    );
    const ours = [...requests].map(([method, n]) => `${n} ${method}`).join(', ');
    // The session was opened less than half a loop ago, so it may need none.
    const ok = (target.renewals?.(requests, count) ?? 0) <= 1;
    rows.push({ work: `${count} scopes: requests of one loop`, ours, budget: '≤ 1 renewal', ok });
  }
  return rows;
}
