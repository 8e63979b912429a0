import type { Store } from '@tenure/core';
import type { Faults, Harness } from './harness.ts';
import { Link } from './link.ts';

/** A harness for a store without an address: every client that `connect` gives is reached through a `Link`. */
export function linkHarness(harness: Harness): Harness {
  const links = new Set<WeakRef<Link>>();
  const faults: Faults = {
    cut: async (store) => link(store).suffer('cut'),
    mute: async (store) => link(store).suffer('mute'),
    freeze: async (store) => link(store).suffer('freeze'),
    refuse: async (store) => link(store).suffer('refuse'),
    delay: async (store, ms) => link(store).slow(ms),
    reset: async (store) => link(store).reset(),
    tear: async (store) => link(store).tear(),
    connections: (store) => link(store).connections,
    // To its clients a server that starts again is a line that broke.
    restart: async () => links.forEach((ref) => void ref.deref()?.reset()),
    ...harness.faults,
  };
  const connect = async () => {
    const made = new Link(await harness.connect());
    links.add(new WeakRef(made));
    return made;
  };
  return { ...harness, connect, faults };
}

function link(store: Store): Link {
  if (!(store instanceof Link)) throw new TypeError(`${store.name}: not a store that this harness connected`);
  return store;
}
