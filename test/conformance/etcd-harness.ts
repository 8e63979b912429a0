import { type Harness, proxyHarness } from '@tenure/conformance';
import { type EtcdOptions, etcd } from '@tenure/etcd';
import { Etcd3 } from 'etcd3';
import { restartEach, type Served, toAddress } from '../servers/served.ts';

/**
 * A real etcd behind fault proxies. The server revokes expired leases each 500 ms (etcd server/lease/lessor.go), and a
 * member that restarts or takes the lead begins all leases anew: the grace is that of a member that stays up.
 */
export function etcdHarness(cluster: Served, name: string, options: EtcdOptions = {}): Harness & AsyncDisposable {
  const { username, password } = options;
  const admin = new Etcd3({
    hosts: cluster.endpoints.map((endpoint) => `http://${endpoint}`),
    ...(username !== undefined && password !== undefined && { auth: { username, password } }),
  });
  const proxied = proxyHarness({
    name,
    // The least that etcd grants by default: one and a half of its election timeout, in whole seconds (lease/lessor.go).
    ttl: 2000,
    grace: 1000,
    endpoints: cluster.endpoints.map(toAddress),
    connect: (endpoints) => etcd({ ...options, endpoints: endpoints.map(({ host, port }) => `${host}:${port}`) }),
    expire: async (session) => {
      await admin.leaseClient.leaseRevoke({ ID: session.id });
    },
    restart: () => restartEach(cluster),
    admin: {
      putRaw: async (key, bytes) => {
        await admin.kv.put({ key: Buffer.from(key), value: Buffer.from(bytes) });
      },
      delete: async (key) => {
        await admin.kv.deleteRange({ key: Buffer.from(key) });
      },
      get: async (key) => (await admin.kv.range({ key: Buffer.from(key) })).kvs[0]?.value,
    },
  });
  return {
    ...proxied,
    [Symbol.asyncDispose]: async () => {
      admin.close();
      await proxied[Symbol.asyncDispose]();
    },
  };
}
