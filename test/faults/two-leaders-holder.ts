import { lead, type Store } from '@tenure/core';
import { etcd } from '@tenure/etcd';
import { Etcd3 } from 'etcd3';
import {
  type HolderOrder,
  type HolderReport,
  type HolderSpec,
  hostNow,
  linked,
  memberOf,
} from './two-leaders-parts.ts';

/**
 * The holder of a two-leader run, in a process of its own: takes office and from then on acts every millisecond for as
 * long as its client lets it believe that it leads. An act is the host's monotonic time, which all processes share.
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
        try {
          lease.assertHeld();
        } catch {
          return;
        }
        acts.push(hostNow());
      }, 1);
      await new Promise((resolve) => lease.signal.addEventListener('abort', resolve));
    },
    { once: true },
  );
  term.catch(() => undefined);
}

/** The control: etcd3's own Election, used as its documentation shows it. */
function etcd3(endpoint: string): void {
  const client = new Etcd3({ hosts: endpoint });
  const campaign = client.election(spec.scope, spec.ttl / 1000).campaign('holder');
  let leading = false;
  campaign.on('elected', () => {
    leading = true;
    tell({ type: 'elected' });
  });
  campaign.on('error', () => {
    leading = false;
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
else if (spec.store.type === 'etcd' && spec.client === 'etcd3') etcd3(spec.store.endpoint);
else if (spec.store.type === 'etcd') tenure(etcd({ endpoints: [spec.store.endpoint] }));
