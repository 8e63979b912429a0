import type { Dcs } from './dcs.ts';
import { DcsError } from './errors.ts';
import type { Lease } from './lease.ts';
import type { Office } from './office.ts';
import type { ClusterView } from './view.ts';

/**
 * Waits for office. An attempt is made when the watch shows it vacant or in our own name, and after an outage not more
 * often than each half `loopWait`; between attempts the session is renewed each `loopWait`.
 */
export async function campaign(dcs: Dcs, office: Office, signal: AbortSignal): Promise<Lease> {
  const leaving = new AbortController();
  const until = AbortSignal.any([signal, leaving.signal]);
  const views = dcs.watch({ signal: until });
  let next = views.next();
  next.catch(() => undefined);
  try {
    for (;;) {
      const lease = await tolerant(dcs.acquire({ signal }));
      if (lease === FAILED) {
        await office.store.clock.sleep(office.timing.loopWait / 2, signal);
        continue;
      }
      if (lease !== undefined) return lease;
      for (let waiting = true; waiting; ) {
        const view = await turn(next, office, until);
        if (view === undefined) {
          await tolerant(dcs.keepAlive({ signal }));
          waiting = mayNotRun(dcs.latest, dcs.name);
        } else {
          next = views.next();
          next.catch(() => undefined);
          waiting = mayNotRun(view, dcs.name);
        }
      }
    }
  } finally {
    leaving.abort();
    await views.return().catch(() => undefined);
  }
}

const FAILED = Symbol('failed');

/** What an outage, a lost session or an expired lease throw is for the next round; everything else is for the caller. */
async function tolerant<T>(work: Promise<T>): Promise<T | typeof FAILED> {
  try {
    return await work;
  } catch (error) {
    const passing = DcsError.is(error) && ['UNAVAILABLE', 'SESSION_LOST', 'LEASE_LOST', 'LIMIT'].includes(error.code);
    if (passing) return FAILED;
    throw error;
  }
}

/** The next view, or `undefined` when none came within `loopWait`. */
async function turn(
  next: Promise<IteratorResult<ClusterView, void>>,
  office: Office,
  signal: AbortSignal,
): Promise<ClusterView | undefined> {
  const pause = new AbortController();
  const tick = office.store.clock.sleep(office.timing.loopWait, AbortSignal.any([signal, pause.signal])).then(
    () => undefined,
    () => undefined,
  );
  try {
    const result = await Promise.race([next, tick]);
    signal.throwIfAborted();
    return result?.done === false ? result.value : undefined;
  } finally {
    pause.abort();
  }
}

function mayNotRun(view: ClusterView | undefined, name: string): boolean {
  return view?.leader !== undefined && view.leader.name !== name;
}
