import { etcd } from '@tenure/etcd';
import { type EtcdVersion, startEtcd } from '../servers/index.ts';
import type { Backend } from './backend.ts';
import { hostedEtcd } from './netns-etcd.ts';

/** Three nodes of a version of etcd; hosts run 3.5. */
export function etcdBackend(version: EtcdVersion): Backend {
  return {
    name: `etcd ${version}`,
    start: () => startEtcd({ version, nodes: 3, fast: true }),
    startHosted: () => hostedEtcd(),
    connect: (endpoints) => etcd({ endpoints }),
    // `loopWait + retryTimeout + loopWait / 2` is 3750 of 5000 ms, and a member that gives no answer costs a second
    // (`retryTimeout` is shared by the members).
    roomy: { ttl: 5000, loopWait: 1500, retryTimeout: 1500 },
    short: { ttl: 2000, loopWait: 600, retryTimeout: 600 },
    // What `startEtcd` with `fast` and the hosts run with.
    election: 500,
    // It looks for leases that ran out each 500 ms (server/lease/lessor.go `runLoop`).
    expiry: 500,
  };
}
