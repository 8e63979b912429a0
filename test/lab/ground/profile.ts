import { servers } from '../../clients/connect.ts';

export const stores = ['embedded', ...servers] as const;
export type StoreName = (typeof stores)[number];

/** How clients are set on a store, and what may be asked of it. Milliseconds. */
export interface Profile {
  readonly ttl: number;
  readonly loopWait: number;
  readonly retryTimeout: number;
  /** As in a harness: how long beyond the ttl the server may take to remove the keys of a session that is gone. */
  readonly grace: number;
  /** How long after the end of a fault the store may take until it serves again: one server, three on hosts of their own. */
  readonly recovery: { readonly 1: number; readonly 3: number };
}

/** Milliseconds for which a machine of two cores that four stores share may stand still. */
const STALL = 5000;

/** The ttl: short, so that an hour has many terms, with room for a renewal that fails and another. */
export const profiles: Readonly<Record<StoreName, Profile>> = {
  embedded: { ttl: 1500, loopWait: 400, retryTimeout: 400, grace: 0, recovery: { 1: 0, 3: 0 } },
  etcd: {
    ...{ ttl: 3000, loopWait: 700, retryTimeout: 800 },
    // It looks for leases that ran out each 500 ms (server/lease/lessor.go `runLoop`).
    grace: 500,
    // Measured: up to 6.3 s after a partition, 1.7 s after a kill.
    recovery: { 1: 2000, 3: 7000 },
  },
  consul: {
    // Half of the ttl is guaranteed.
    ...{ ttl: 5000, loopWait: 600, retryTimeout: 800 },
    // It ends sessions at twice their TTL, which is half of ours; measured to within 30 ms.
    grace: 500,
    // Measured: 17 to 18 s after a partition, in which raft backs off and gossip finds its way; 4 s after a kill.
    recovery: { 1: 4000, 3: 20_000 },
  },
  zookeeper: {
    // Of it 2375 ms are guaranteed.
    ...{ ttl: 4500, loopWait: 700, retryTimeout: 700 },
    // The server looks for sessions that ran out once a tick (SessionTrackerImpl).
    grace: 500,
    // A round of an election takes up to 3.4 s, and several may be needed; a server that starts takes 3 s.
    recovery: { 1: 4000, 3: 12_000 },
  },
};

/** A leader exists within this when the store was healed and stays so. */
export function leaderWithin({ ttl, loopWait, grace, recovery }: Profile, nodes: 1 | 3): number {
  // The keys of a dead holder live for their ttl and the grace. When the store's leader changes all sessions begin anew: a
  // second ttl. A client pauses for half its loop after an attempt that failed, and its first one may have been before the store served.
  return recovery[nodes] + 2 * ttl + grace + loopWait + STALL;
}

/** A view that is older, and does not say that it is stale, lies: `loopWait`, after which it must say so, and a stall. */
export function staleAfter({ loopWait }: Profile): number {
  return loopWait + STALL / 5;
}
