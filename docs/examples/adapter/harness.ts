/**
 * How the suite gets at the adapter:
 *
 *     tenure conformance ./adapter/harness.ts
 */
import { type Harness, linkHarness } from '@tenure/conformance';
import { ShelfServer } from './server.ts';
import { ShelfStore } from './store.ts';

/** A store with an address takes `proxyHarness`, which breaks its connections; this one has none. */
export default function harness(): Harness {
  const server = new ShelfServer();
  return linkHarness({
    name: 'shelf',
    ttl: 1000,
    grace: 0,
    connect: async () => new ShelfStore(server),
    faults: { expire: async ({ id }) => server.end(id) },
    admin: {
      putRaw: async (key, bytes) => void server.commit({ guards: [], puts: [{ key, bytes }], deletes: [] }),
      delete: async (key) => void server.commit({ guards: [], puts: [], deletes: [key] }),
      get: async (key) => server.list(key).find(([found]) => found === key)?.[1].bytes,
    },
  });
}
