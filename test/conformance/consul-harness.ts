import { type Harness, proxyHarness } from '@tenure/conformance';
import { type ConsulOptions, consul } from '@tenure/consul';
import type { ConsulCluster } from '../servers/index.ts';
import { restartEach, type Served, toAddress } from '../servers/served.ts';

/** The least session TTL that is asked for. The servers allow half of it; it is all that is guaranteed of a ttl of twice it. */
const SESSION_TTL_MIN = 2000;

/**
 * A real Consul behind fault proxies. Its least session TTL is two seconds here instead of ten, so that the shortest ttl, which
 * is twice that, is 4 s. A server that takes the lead begins all sessions anew: the grace is that of one that stays up.
 */
export function consulHarness(
  cluster: Served & Pick<ConsulCluster, 'api'>,
  name: string,
  { ttl = 2 * SESSION_TTL_MIN, ...options }: Partial<ConsulOptions> & { readonly ttl?: number } = {},
): Harness & AsyncDisposable {
  return proxyHarness({
    name,
    ttl,
    grace: 500,
    endpoints: cluster.endpoints.map(toAddress),
    connect: (endpoints) =>
      consul({
        sessionTtlMin: SESSION_TTL_MIN,
        ...options,
        endpoints: endpoints.map(({ host, port }) => `${host}:${port}`),
      }),
    expire: async (session) => {
      await cluster.api('PUT', `/session/destroy/${session.id}`);
    },
    restart: () => restartEach(cluster),
    admin: {
      putRaw: async (key, bytes) => {
        await cluster.api('PUT', path(key), Buffer.from(bytes));
      },
      delete: async (key) => {
        await cluster.api('DELETE', path(key));
      },
      get: async (key) => {
        const found = (await cluster.api('GET', `${path(key)}?consistent`)) as readonly Stored[] | undefined;
        return found === undefined ? undefined : Buffer.from(found[0]?.Value ?? '', 'base64');
      },
    },
  });
}

interface Stored {
  readonly Value?: string | null;
}

function path(key: string): string {
  return `/kv/${key.slice(1).split('/').map(encodeURIComponent).join('/')}`;
}
