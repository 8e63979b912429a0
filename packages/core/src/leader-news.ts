import { clusterOf, publishLeader } from './diagnostics.ts';
import type { Layout } from './layout.ts';
import type { Store } from './store.ts';
import type { ClusterView, LeaderView } from './view.ts';

/** Tells on `tenure:leader` when `now` names another leader, or another term, than `before`. */
export function tellLeader(
  store: Store,
  layout: Layout,
  before: ClusterView | undefined,
  now: ClusterView | undefined,
): void {
  const [last, next] = [leaderOf(before), leaderOf(now)];
  if (last?.name === next?.name && last?.token === next?.token) return;
  publishLeader(() => ({
    ...clusterOf(store, layout),
    ...(next === undefined ? {} : { leader: next.name }),
    ...(next?.token === undefined ? {} : { token: next.token }),
  }));
}

/** An invalid lock is held by nobody. */
function leaderOf(view: ClusterView | undefined): LeaderView | undefined {
  return view?.isUnlocked === false ? view.leader : undefined;
}
