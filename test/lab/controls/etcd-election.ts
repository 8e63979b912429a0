import { setTimeout as sleep } from 'node:timers/promises';
import type { Campaign } from 'etcd3';
import { type Competitor, type Contest, keyOf } from './control.ts';
import { etcdClient } from './etcd-client.ts';
import { etcdDocument } from './etcd-document.ts';

/** etcd3's own Election, used as its documentation shows it: office until an 'error', and then a new campaign. */
export function etcdElection(contest: Contest): Competitor {
  const { scope, ttl, name, elected, lost, seen } = contest;
  const client = etcdClient(contest);
  const stop = new AbortController();
  // The key that the documentation's example would have, below the scope.
  const election = client.namespace(keyOf(scope, 'leader').replace(/leader$/, '')).election('leader', ttl / 1000);
  let campaign: Campaign;
  const compete = () => {
    campaign = election.campaign(name);
    campaign.on('elected', elected);
    // An unheard 'error' would end this process.
    campaign.on('error', () => {
      lost();
      sleep(ttl / 4, undefined, { signal: stop.signal }).then(compete, () => undefined);
    });
  };
  compete();
  const document = etcdDocument(client, keyOf(scope, 'config'), seen);
  return {
    ...document,
    leave: async () => {
      stop.abort();
      await document.end();
      await campaign.resign().catch(() => undefined);
      client.close();
    },
  };
}
