import { appendFileSync } from 'node:fs';
import { Dcs, DcsError, type Lease } from '@tenure/core';
import { hostNow } from '../clients/host-now.ts';
import { storeOf } from './stopped-holder-store.ts';

/**
 * A holder in a process of its own: takes office and acts as often as its event loop lets, each time after one look at its
 * lease. An act is one line in `log`, the host's monotonic time just before the look, which is the moment that a lease
 * promises anything of; what a stop between look and act lets through is for the fence. Told `stall`, it does not return to
 * its event loop for so long, and looks at its lease again at once. Told `write`, it writes with and without a look at the clock.
 */
const [place = '', log = '', ttl = '', scope = ''] = process.argv.slice(2);
const dcs = new Dcs({
  store: storeOf(JSON.parse(place)),
  scope,
  name: 'holder',
  timing: { ttl: Number(ttl), loopWait: Number(ttl) / 6 },
});
const lease = await dcs.campaign();

function act(): void {
  const now = hostNow();
  try {
    lease.assertHeld();
  } catch {
    return;
  }
  appendFileSync(log, `${now}\n`);
}

async function renew(): Promise<void> {
  while (lease.held) {
    await lease.renew().catch(() => undefined);
    await dcs.store.clock.sleep(dcs.timing.loopWait);
  }
}

function stall(ms: number): void {
  // Nothing of this thread runs meanwhile, and the machine is left to others.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  act();
  process.send?.({ type: 'woke', held: lease.held, aborted: lease.signal.aborted });
}

async function write(held: Lease): Promise<void> {
  const code = (error: unknown) => (DcsError.is(error) ? error.code : String(error));
  const fenced = await dcs.config.write({ late: true }, { fence: held }).then(String, code);
  const put = { type: 'put', key: dcs.layout.key('config'), value: '{"late":true}' } as const;
  const raw = await dcs.store.commit({ guards: held.guards, writes: [put] });
  process.send?.({ type: 'wrote', fenced, raw: raw === undefined ? 'refused' : 'landed' });
}

process.on('message', (order: { readonly type: 'stall' | 'write'; readonly ms?: number }) => {
  if (order.type === 'stall') stall(order.ms ?? 0);
  else void write(lease);
});
process.on('disconnect', () => process.exit());
setInterval(act, 1);
void renew();
process.send?.({ type: 'elected', token: lease.token });
