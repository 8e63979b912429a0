import type { ClusterView, Dcs } from '@tenure/core';

/** Milliseconds that are left; none or less when the time is up. */
export type Remaining = () => number;

/** A timer of Node's lasts 24 days at most, and knows nothing of a time of day that was set meanwhile. */
const LONGEST_TIMER = 60_000;

/**
 * Shows each state of the cluster to `look` until that returns something, and resolves to it; to `undefined` when the time is
 * up. @throws the reason of `signal`
 */
export async function follow<T>(
  dcs: Dcs,
  remaining: Remaining,
  signal: AbortSignal,
  look: (view: ClusterView) => T | undefined,
): Promise<T | undefined> {
  const late = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  // A store's watch need not keep the process up; this does.
  const arm = () => {
    const left = remaining();
    if (left <= 0) late.abort();
    else timer = setTimeout(arm, Math.min(left, LONGEST_TIMER));
  };
  arm();
  try {
    for await (const view of dcs.watch({ signal: AbortSignal.any([signal, late.signal]) })) {
      const found = look(view);
      if (found !== undefined) return found;
    }
  } catch (error) {
    if (signal.aborted || !late.signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
  }
  return undefined;
}

/** From now on. @param ms milliseconds */
export function within(ms: number): Remaining {
  const end = performance.now() + ms;
  return () => end - performance.now();
}

/** Until a time of day, as the clock of this host has it then. */
export function until(date: Date): Remaining {
  return () => date.getTime() - Date.now();
}

/** Milliseconds: what the members of the cluster have agreed on, which the session of this command has not. */
export function clusterTtl({ config }: ClusterView): number {
  const ttl = Number(config.value?.ttl);
  return (Number.isFinite(ttl) && ttl > 0 ? ttl : 30) * 1000;
}
