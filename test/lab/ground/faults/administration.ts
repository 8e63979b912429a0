import { randomUUID } from 'node:crypto';
import { healing } from '@tenure/conformance';
import { hostNow } from '../../../clients/host-now.ts';
import { leaderWithin } from '../profile.ts';
import { administrator, inTime, type Servers } from '../servers.ts';
import type { Fault, Stage } from './fault.ts';

/** What people do to a store that they administer. */
export const administration: readonly Fault[] = [
  errand('delete leader key', {}, async ({ administrator }) => {
    await administrator.deleteLeader();
  }),
  {
    ...{ name: 'overwrite leader key', area: 'administrator', absent: {} },
    inflict: async ({ administrator, ground }) => {
      await administrator.overwriteLeader();
      // Another fault may be on, which ends in time, and then the store must recover.
      const within = 2 * leaderWithin(ground.profile, ground.nodes);
      return { heal: healing(async () => await administrator.clearLeader(hostNow() + within)) };
    },
  },
  errand('revoke session of holder', {}, async ({ administrator }) => {
    await administrator.revokeSession();
  }),
  errand(
    'compact',
    {
      embedded: 'it keeps no history',
      consul: 'it keeps no history that a client could ask for',
      zookeeper: 'it keeps no history that a client could ask for',
    },
    async ({ ground }) => {
      await onEtcd(ground.servers, async ({ kv }) => {
        const { header } = await kv.range({ key: Buffer.from('/') });
        await kv.compact({ revision: header.revision, physical: true });
      });
    },
  ),
  errand(
    'auth tokens void',
    {
      embedded: 'it has no tokens',
      consul: "the least life of a token is a minute, and the servers' tests have one revoked",
      zookeeper: 'a login lasts for as long as its connection',
    },
    async ({ ground }) => {
      // Every change of the users makes the tokens that were given before it too old for writes.
      await onEtcd(ground.servers, async ({ auth }) => {
        const name = randomUUID();
        await auth.userAdd({ name, password: name });
        await auth.userDelete({ name });
      });
    },
  ),
];

function errand(name: string, absent: Fault['absent'], work: (stage: Stage) => Promise<void>): Fault {
  return {
    ...{ name, area: 'administrator', absent, instant: true },
    inflict: async (stage) => {
      await work(stage);
      return { heal: healing(() => undefined) };
    },
  };
}

/** What the servers do not answer in time is left undone, or done later. */
async function onEtcd(
  servers: Servers | undefined,
  work: (client: ReturnType<typeof administrator>) => Promise<unknown>,
): Promise<void> {
  if (servers === undefined) throw new TypeError('there are no servers');
  const client = administrator(servers.cluster.endpoints, servers.login);
  try {
    await inTime(work(client));
  } catch {
    // No quorum, or somebody else was first.
  } finally {
    client.close();
  }
}
