import { openSync, writeSync } from 'node:fs';
import { type Dcs, DcsError, type Lease } from '@tenure/core';
import { announceQuietly } from '../announce.ts';
import { openResolved } from '../open.ts';
import { hostNow } from '../run/host-clock.ts';
import type { Act, DemoOrder, DemoReport } from './protocol.ts';

/** One member of the demo: a daemon with a loop of its own, which acts, renews, and writes under its fence. */

/** Milliseconds between two acts, and acts between two fenced writes. */
const ACT_EVERY = 25;
const WRITE_EVERY = 8;

let releaseAsked = false;

function report(message: DemoReport): void {
  if (process.connected) process.send?.(message, () => undefined);
}

async function main({ config, log }: Extract<DemoOrder, { type: 'start' }>): Promise<void> {
  const file = openSync(log, 'a');
  const dcs = await openResolved(config);
  for (;;) {
    await announceQuietly(dcs, { state: 'running', role: 'replica' });
    report({ type: 'waiting' });
    const lease = await dcs.campaign();
    report({ type: 'leading', token: lease.token, at: hostNow() });
    await announceQuietly(dcs, { state: 'running', role: 'primary' });
    await hold(dcs, lease, (act) => writeSync(file, `${JSON.stringify(act)}\n`));
  }
}

async function hold(dcs: Dcs, lease: Lease, act: (act: Act) => void): Promise<void> {
  const { token, guards } = lease;
  const { clock } = dcs.store;
  let looked = clock.now();
  let renewed = looked;
  for (let count = 1; ; count += 1) {
    // An act's time is read before the look: a freeze between the two must not count as an act after it.
    const [at, held, now] = [hostNow(), lease.held, clock.now()];
    const frozenMs = now - looked;
    looked = now;
    if (frozenMs > dcs.timing.ttl / 2) {
      report({ type: 'woke', token, frozenMs, held: lease.held, refused: !(await careless(dcs, guards)) });
    }
    if (!held) return;
    act({ token, at });
    if (releaseAsked) {
      await release(dcs, lease);
      return;
    }
    try {
      if (looked - renewed >= dcs.timing.loopWait) {
        renewed = looked;
        await lease.renew();
      }
      if (count % WRITE_EVERY === 0) {
        await dcs.status.write({ optime: count }, { fence: lease });
        report({ type: 'worked', token });
      }
    } catch (error) {
      if (!DcsError.is(error)) throw error;
    }
    await clock.sleep(ACT_EVERY);
  }
}

/** What a leader does that never looks at its lease: it writes with the fence of its old term. True when it landed. */
async function careless(dcs: Dcs, guards: Lease['guards']): Promise<boolean> {
  const write = { type: 'put' as const, key: dcs.layout.key('status'), value: '{"optime":999999}' };
  return (await dcs.store.commit({ guards, writes: [write] })) !== undefined;
}

async function release(dcs: Dcs, lease: Lease): Promise<void> {
  releaseAsked = false;
  const at = hostNow();
  await lease.release();
  report({ type: 'released', token: lease.token, at });
  for await (const { leader } of dcs.watch()) if (leader !== undefined && leader.name !== dcs.name) return;
}

process.on('message', (order: DemoOrder) => {
  if (order.type === 'release') releaseAsked = true;
  else {
    main(order).catch((error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      process.exit(1);
    });
  }
});
// The stage is gone: nothing may stay behind.
process.on('disconnect', () => process.exit());
report({ type: 'ready' });
