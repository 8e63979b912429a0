import type { ClusterView } from '@tenure/core';
import type { Context } from '../context.ts';
import type { Member } from './world.ts';

/** A watch, and what it has shown. */
export interface Following extends AsyncDisposable {
  readonly seen: readonly ClusterView[];
  /** The first view from now on, or the last one already, that fits. */
  until(fits: (view: ClusterView) => boolean, withinMs?: number): Promise<ClusterView>;
}

/** Watches until it is disposed of. */
export function following(t: Context, { dcs }: Pick<Member, 'dcs'>): Following {
  const over = new AbortController();
  const seen: ClusterView[] = [];
  const follow = async () => {
    for await (const view of dcs.watch({ signal: AbortSignal.any([over.signal, t.signal]) })) seen.push(view);
  };
  const done = follow().catch((error: unknown) => {
    if (!over.signal.aborted && !t.signal.aborted) throw error;
  });
  done.catch(() => undefined);
  return {
    seen,
    until: async (fits, withinMs = t.slack) => {
      const last = () => {
        const view = seen.at(-1);
        return view !== undefined && fits(view) && view;
      };
      return await t.until(last, withinMs);
    },
    [Symbol.asyncDispose]: async () => {
      over.abort();
      await done;
    },
  };
}
