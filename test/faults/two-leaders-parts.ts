import { type Heal, linkHarness } from '@tenure/conformance';
import { consul } from '@tenure/consul';
import { Dcs, type Store } from '@tenure/core';
import { file } from '@tenure/embedded';
import { etcd } from '@tenure/etcd';
import { zookeeper } from '@tenure/zookeeper';

/** `stop` is SIGSTOP of the holder; the others are of its connection. */
export const faults = ['cut', 'mute', 'freeze', 'stop'] as const;
export type Fault = (typeof faults)[number];
export type LineFault = Exclude<Fault, 'stop'>;

export const servers = ['etcd', 'consul', 'zookeeper'] as const;
export type Server = (typeof servers)[number];
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

/** The `tickTime` of the ZooKeeper that is started here, milliseconds. */
export const TICK = 250;
/** Milliseconds: the least that Consul's servers allow here, and the longest ttl that ZooKeeper's are asked for. */
const SESSION_TTL_MIN = 1000;
const MAX_TTL = 60_000;

/** Milliseconds of CLOCK_MONOTONIC, which is one for all processes of a host. */
export function hostNow(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

export function connect(server: Server, endpoint: string): Store {
  if (server === 'etcd') return etcd({ endpoints: [endpoint] });
  if (server === 'consul') return consul({ endpoints: [endpoint], sessionTtlMin: SESSION_TTL_MIN });
  return zookeeper({ hosts: [endpoint], tickTime: TICK, maxTtl: MAX_TTL });
}

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
