import { type Clock, type ClusterView, type Entry, Layout, parseView, type Snapshot } from '@tenure/core';

/** What all keys of a namespace start with. */
export function namespacePrefix(namespace: string): string {
  return `/${namespace}/`.replace(/\/+/g, '/');
}

/**
 * Every cluster that a snapshot of a namespace holds, by scope and group: of a scope with groups each is a cluster of its own.
 * A folder in which no key is of this layout is no scope.
 */
export function clustersOf(namespace: string, snapshot: Snapshot, clock: Clock): readonly ClusterView[] {
  return [...scopesOf(namespacePrefix(namespace), snapshot.entries)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([scope, entries]) => {
      const layout = layoutOf(namespace, scope);
      const isScope = layout !== undefined && [...entries.keys()].some((key) => layout.parse(key) !== undefined);
      if (!isScope) return [];
      const view = parseView(layout, { ...snapshot, entries }, clock);
      // What is in no group may be a few strange keys only; they are told with it.
      const isPlain = view.groups.size === 0 || isCluster(view);
      return [...(isPlain ? [view] : []), ...view.groups.values()];
    });
}

function isCluster({ members, leader, epoch, problems, ...view }: ClusterView): boolean {
  const { config, sync, failover, history, status, initialize, failsafe } = view;
  const documents = [config, sync, failover, history, status, initialize, failsafe];
  return (
    leader !== undefined ||
    members.length + problems.length > 0 ||
    [epoch, ...documents].some(({ version }) => version !== null)
  );
}

function scopesOf(prefix: string, entries: ReadonlyMap<string, Entry>): Map<string, Map<string, Entry>> {
  const scopes = new Map<string, Map<string, Entry>>();
  for (const [key, entry] of entries) {
    const end = key.indexOf('/', prefix.length);
    if (end === -1) continue;
    const scope = key.slice(prefix.length, end);
    const own = scopes.get(scope);
    if (own === undefined) scopes.set(scope, new Map([[key, entry]]));
    else own.set(key, entry);
  }
  return scopes;
}

/** `undefined` for a name that no scope may have. */
function layoutOf(namespace: string, scope: string): Layout | undefined {
  try {
    return new Layout({ namespace, scope });
  } catch {
    return undefined;
  }
}
