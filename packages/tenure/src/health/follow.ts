import { type ClusterView, type Dcs, DcsError, isStandbyCluster } from '@tenure/core';
import { momentAfter } from '../run/host-clock.ts';
import { listen } from '../telemetry/channels.ts';
import type { LeaseBoard } from './lease-board.ts';

/**
 * Posts what becomes of the lease of `dcs` and of the kind of its cluster, until the returned function is called, which resolves when
 * its watch has ended. A watch that the store refuses is a process warning; the view that `dcs` had last serves from then on.
 */
export function follow(dcs: Dcs, board: LeaseBoard): () => Promise<void> {
  const leaving = new AbortController();
  let seen: ClusterView | undefined;
  const post = () => {
    const { lease } = dcs;
    if (lease === undefined) {
      board.post(undefined);
      return;
    }
    const deadline = momentAfter(() => lease.remaining);
    const view = seen ?? dcs.latest;
    board.post({ deadline, token: lease.token, standby: view !== undefined && isStandbyCluster(view) });
  };
  post();
  const leave = listen({
    lease: (event) => {
      if (event.scope !== dcs.scope || event.name !== dcs.name) return;
      // An end is posted before anything else happens; a lease that has just begun is the Dcs's only after this turn.
      post();
      queueMicrotask(post);
    },
  });
  const watching = watch(dcs, leaving.signal, (view) => {
    seen = view;
    post();
  }).finally(() => {
    seen = undefined;
  });
  return async () => {
    leave();
    leaving.abort();
    await watching;
  };
}

/** Never rejects. */
async function watch(dcs: Dcs, signal: AbortSignal, tell: (view: ClusterView) => void): Promise<void> {
  try {
    for await (const view of dcs.watch({ signal })) tell(view);
  } catch (error) {
    if (signal.aborted || DcsError.is(error, 'CLOSED')) return;
    const warning = `the health endpoint of ${dcs.scope} sees no change of the configuration by itself any more: ${String(error)}`;
    process.emitWarning(warning, { type: 'TenureWarning' });
  }
}
