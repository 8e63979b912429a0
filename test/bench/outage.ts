import { randomUUID } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { setTimeout as sleep } from 'node:timers/promises';
import { FaultProxy, linkHarness } from '@tenure/conformance';
import { Dcs, type OperationEvent, type Store } from '@tenure/core';
import type { Row } from './report.ts';
import { connect, type Target } from './target.ts';
import { Watching } from './watching.ts';

/** Milliseconds. */
const LOOP_WAIT = 2000;
const LOOPS = 3;

/**
 * A candidate that waits its turn while every connection is refused: the operations that core begins in each half
 * `loopWait`. The repetitions within one operation's deadline are told beside it: each has its growing pause.
 */
export async function outage(target: Target): Promise<Row[]> {
  await using stack = new AsyncDisposableStack();
  const scope = `bench-${randomUUID()}`;
  const { store, refuse } = await breakable(target, stack);
  const timing = { ttl: 3 * LOOP_WAIT, loopWait: LOOP_WAIT, retryTimeout: LOOP_WAIT };
  const leader = stack.use(new Dcs({ store: target.connect(), scope, name: 'leader', ownStore: true }));
  const candidate = stack.use(new Dcs({ store, scope, name: 'candidate', timing }));
  await leader.campaign();
  const stop = new AbortController();
  const campaign = candidate.campaign({ signal: stop.signal }).catch(() => undefined);
  const watching = stack.use(new Watching(candidate));
  await watching.until((view) => view.leader?.name === 'leader');

  let calls = 0;
  let first = 0;
  const listen = (event: unknown) => {
    const { attempt } = event as OperationEvent;
    calls += 1;
    if (attempt === 1) first += 1;
  };
  await refuse();
  subscribe('tenure:operation', listen);
  await sleep(LOOPS * LOOP_WAIT);
  unsubscribe('tenure:operation', listen);
  stop.abort();
  await campaign;
  const halves = LOOPS * 2;
  const ours = `${(first / halves).toFixed(1)}, and ${((calls - first) / halves).toFixed(1)} repeated`;
  return [{ work: 'attempts per loopWait/2 in an outage', ours, budget: '≤ 1', ok: first <= halves }];
}

async function breakable(
  target: Target,
  stack: AsyncDisposableStack,
): Promise<{ store: Store; refuse: () => Promise<unknown> }> {
  if (target.address !== undefined && 'server' in target.address) {
    const [host = '', port = ''] = target.address.endpoint.split(':');
    const proxy = stack.use(await FaultProxy.open({ host, port: Number(port) }));
    const store = stack.use(connect({ ...target.address, endpoint: `127.0.0.1:${proxy.address.port}` }));
    return { store, refuse: async () => proxy.refuse() };
  }
  const harness = linkHarness({ name: target.name, ttl: target.ttl, grace: 0, connect: async () => target.connect() });
  const store = stack.use(await harness.connect());
  return { store, refuse: async () => await harness.faults?.refuse?.(store) };
}
