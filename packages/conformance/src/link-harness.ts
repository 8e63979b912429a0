import type { Store } from '@tenure/core';
import type { Faults, Harness } from './harness.ts';
import { Link } from './link.ts';

/** A harness for a store without an address: every client that `connect` gives is reached through a `Link`. */
export function linkHarness(harness: Harness): Harness {
  return {
    ...harness,
    connect: async () => new Link(await harness.connect()),
    faults: { ...linkFaults, ...harness.faults },
  };
}

const linkFaults: Faults = {
  cut: async (store) => link(store).suffer('cut'),
  mute: async (store) => link(store).suffer('mute'),
  freeze: async (store) => link(store).suffer('freeze'),
  refuse: async (store) => link(store).suffer('refuse'),
  delay: async (store, ms) => link(store).slow(ms),
  reset: async (store) => link(store).reset(),
  tear: async (store) => link(store).tear(),
  connections: (store) => link(store).connections,
};

function link(store: Store): Link {
  if (!(store instanceof Link)) throw new TypeError(`${store.name}: not a store that this harness connected`);
  return store;
}
