import { lead, type Store } from '@tenure/core';
import { connect } from '../clients/connect.ts';
import { hostNow } from '../clients/host-now.ts';
import { controls } from './two-leaders-controls.ts';
import { type HolderOrder, type HolderReport, type HolderSpec, linked, memberOf } from './two-leaders-parts.ts';

/**
 * The holder of a two-leader run, in a process of its own: takes office and from then on acts every millisecond for as
 * long as its client lets it believe that it leads. An act is the host's monotonic time, which all processes share, read
 * before the check: what a check promises, it promises of the moment it is made. A stop that falls between check and act is
 * for the fence, which has cases of its own.
 */
const spec = JSON.parse(process.argv[2] ?? '') as HolderSpec;
const acts: number[] = [];
const tell = (report: HolderReport) => process.send?.(report);
const connected = spec.store.type === 'embedded' ? await linked(spec.store.path) : undefined;

/** A daemon as the guide shows it, with one check immediately before each act. */
function tenure(store: Store): void {
  const dcs = memberOf(store, spec, 'holder');
  const term = lead(
    dcs,
    async (lease) => {
      tell({ type: 'elected' });
      setInterval(() => {
        const now = hostNow();
        try {
          lease.assertHeld();
        } catch {
          return;
        }
        acts.push(now);
      }, 1);
      await new Promise((resolve) => lease.signal.addEventListener('abort', resolve));
    },
    { once: true },
  );
  term.catch(() => undefined);
}

function control({ type, endpoint }: Exclude<HolderSpec['store'], { readonly type: 'embedded' }>): void {
  let leading = false;
  controls[type]({
    ...spec,
    endpoints: [endpoint],
    name: 'holder',
    now: hostNow,
    seen: () => undefined,
    elected: () => {
      leading = true;
      tell({ type: 'elected' });
    },
    lost: () => {
      leading = false;
    },
  });
  setInterval(() => {
    if (leading) acts.push(hostNow());
  }, 1);
}

async function obey(order: HolderOrder): Promise<void> {
  if (order.type === 'report') tell({ type: 'acts', acts });
  else if (order.type === 'fault') {
    const at = hostNow();
    await connected?.suffer(order.fault);
    tell({ type: 'suffering', at });
  } else await connected?.heal();
}

process.on('message', (order: HolderOrder) => void obey(order));
process.on('disconnect', () => process.exit());
if (connected !== undefined) tenure(connected.store);
else if (spec.store.type !== 'embedded') {
  if (spec.client === 'control') control(spec.store);
  else tenure(connect(spec.store.type, spec.store.endpoint));
}
