import type { ClusterView, Dcs } from '@tenure/core';

/**
 * Shows each state of the cluster to `look` until that returns something, and resolves to it; to `undefined` after `timeout`
 * milliseconds. @throws the reason of `signal`
 */
export async function follow<T>(
  dcs: Dcs,
  timeout: number,
  signal: AbortSignal,
  look: (view: ClusterView) => T | undefined,
): Promise<T | undefined> {
  const late = new AbortController();
  // A store's watch need not keep the process up; this does.
  const timer = setTimeout(() => late.abort(), timeout);
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

/** Milliseconds: what the members of the cluster have agreed on, which the session of this command has not. */
export function clusterTtl({ config }: ClusterView): number {
  const ttl = Number(config.value?.ttl);
  return (Number.isFinite(ttl) && ttl > 0 ? ttl : 30) * 1000;
}
