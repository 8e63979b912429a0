import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Dcs, SharedSession, type Store } from '@tenure/core';
import { memory } from '@tenure/embedded';
import { BATCHES, type HeapOrder, type HeapReport } from './heap-order.ts';
import { connect } from './target.ts';
import { Watching } from './watching.ts';

const TTL = 600_000;

/** Two collections with a turn of the event loop between them, so that finalizers have run. */
async function used(): Promise<number> {
  for (let i = 0; i < 3; i += 1) {
    globalThis.gc?.();
    await sleep(20);
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function measure(order: HeapOrder): Promise<number> {
  await using stack = new AsyncDisposableStack();
  const store: Store = stack.use(order.address === 'memory' ? memory() : connect(order.address));
  const session = stack.use(new SharedSession(store, TTL));
  const prefix = `heap-${randomUUID()}`;
  const kept: unknown[] = [];
  const add = async (index: number) => {
    const dcs = new Dcs({ store, scope: `${prefix}-${index}`, name: 'node1', timing: { ttl: TTL }, session });
    const watching = order.watch ? stack.use(new Watching(dcs)) : undefined;
    await dcs.announce({ state: 'running' });
    const lease = await dcs.acquire();
    await watching?.until(({ leader }) => leader !== undefined);
    kept.push(dcs, lease);
    return lease;
  };
  if (order.work === 'dcs') {
    // What is loaded and compiled once is not counted to the Dcs.
    for (let i = 0; i < 100; i += 1) await add(i);
    const before = await used();
    for (let i = 0; i < order.count; i += 1) await add(100 + i);
    return (await used()) - before;
  }
  const dcs = stack.use(new Dcs({ store, scope: prefix, name: 'node1', timing: { ttl: TTL } }));
  const lease = await dcs.campaign();
  const renew = async (times: number) => {
    for (let i = 0; i < times; i += 1) await lease.renew();
  };
  await renew(order.count);
  let least = Number.POSITIVE_INFINITY;
  for (let batch = 0; batch < BATCHES; batch += 1) {
    const before = await used();
    await renew(order.count);
    least = Math.min(least, (await used()) - before);
  }
  return Math.max(0, least);
}

// No watch keeps a process up.
const up = setInterval(() => undefined, 2 ** 30);
const bytes = await measure(JSON.parse(process.argv[2] ?? '') as HeapOrder);
process.send?.({ bytes } satisfies HeapReport);
process.disconnect();
clearInterval(up);
