import { type Heal, linkHarness } from '@tenure/conformance';
import { Dcs, type Store } from '@tenure/core';
import { file } from '@tenure/embedded';
import type { Server } from '../clients/connect.ts';

/** `stop` is SIGSTOP of the holder; the others are of its connection. */
export const faults = ['cut', 'mute', 'freeze', 'stop'] as const;
export type Fault = (typeof faults)[number];
export type LineFault = Exclude<Fault, 'stop'>;

/** The control is what a program does with the client library alone: see two-leaders-controls.ts. */
export type Client = 'tenure' | 'control';

/** `endpoint` is the fault proxy's; an embedded store has no address, so its holder breaks its own link. */
export type HolderStore =
  | { readonly type: 'embedded'; readonly path: string }
  | { readonly type: Server; readonly endpoint: string };

export interface HolderSpec {
  readonly client: Client;
  readonly store: HolderStore;
  readonly scope: string;
  /** Milliseconds. */
  readonly ttl: number;
}

export type HolderOrder =
  | { readonly type: 'fault'; readonly fault: LineFault }
  | { readonly type: 'heal' }
  | { readonly type: 'report' };

export type HolderReport =
  | { readonly type: 'elected' }
  | { readonly type: 'suffering'; readonly at: number }
  | { readonly type: 'acts'; readonly acts: readonly number[] };

export function memberOf(store: Store, { scope, ttl }: Pick<HolderSpec, 'scope' | 'ttl'>, name: string): Dcs {
  return new Dcs({ store, scope, name, timing: { ttl }, ownStore: true });
}

/** A client of the file that is reached through a link which can be broken. */
export async function linked(path: string) {
  const harness = linkHarness({ name: 'embedded', ttl: 100, grace: 0, connect: async () => file(path) });
  const store = await harness.connect();
  let heal: Heal | undefined;
  return {
    store,
    suffer: async (fault: LineFault) => {
      heal = await harness.faults?.[fault]?.(store);
    },
    heal: async () => await heal?.(),
  };
}
