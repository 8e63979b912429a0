import { consul } from '@tenure/consul';
import { SESSION_TTL_MIN } from '../clients/connect.ts';
import { startConsul } from '../servers/index.ts';
import type { Backend } from './backend.ts';
import { hostedConsul } from './netns-consul.ts';

/** For leases that are to run out, and not before: a machine that is busy with three clusters may stand still for a while. */
export const steady = { ttl: 12_000, loopWait: 600, retryTimeout: 2000 } as const;

/** Three servers of Consul 1.8, each of them an endpoint. */
export const consulBackend: Backend = {
  name: 'consul 1.8',
  start: () => startConsul({ nodes: 3, fast: true }),
  startHosted: hostedConsul,
  connect: (endpoints) => consul({ endpoints, sessionTtlMin: SESSION_TTL_MIN }),
  // Consul needs 3 to 4 s until a new leader takes writes, and half of the ttl is all that is guaranteed: 15 s less one loop
  // leave room for three times that. A read begun before an election is answered after it.
  roomy: { ttl: 30_000, loopWait: 1500, retryTimeout: 10_000 },
  // Of the 3 s that are guaranteed, one loop leaves 2.4 s.
  short: { ttl: 6000, loopWait: 600, retryTimeout: 600 },
  // A second to twice that (hashicorp/raft `HeartbeatTimeout`, with a multiplier of 1).
  election: 2000,
  // It ends sessions at twice their TTL, which is half of ours; measured to within 30 ms.
  expiry: 500,
  // The half that is guaranteed.
  stopped: 3000,
  // On waking it tries to end what ran out while it slept, for minutes, whoever renewed it since (docs/adapters/consul.md, "What
  // Consul itself does not keep").
  restartsFrozenLeader: true,
};
