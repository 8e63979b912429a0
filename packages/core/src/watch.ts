import { publishWatch } from './diagnostics.ts';
import type { Office } from './office.ts';
import type { Snapshot } from './store.ts';

/** The store's watch of a scope, with its staleness told on `tenure:watch`. */
export async function* observe(office: Office, signal: AbortSignal): AsyncGenerator<Snapshot, void, undefined> {
  const { store, layout } = office;
  let stale = false;
  for await (const snapshot of store.watch(layout.viewPrefix, { signal, staleAfter: office.timing.loopWait })) {
    if (snapshot.stale !== stale) {
      stale = snapshot.stale;
      publishWatch({ store: store.name, scope: layout.scope, event: stale ? 'stale' : 'fresh' });
    }
    yield snapshot;
  }
}
