import type { Deadline } from './deadline.ts';
import type { Hold } from './hold.ts';
import type { Office } from './office.ts';
import type { Txn, Version } from './store.ts';

/** A bid whose outcome is unknown: as long as nobody has counted on from `epoch` it may take effect yet. */
export interface OpenBid {
  readonly hold: Hold;
  readonly epoch: Version | null;
}

/**
 * Gives back what this bid, or an earlier one on the same session, has won without anyone who has the lease. The session may
 * be kept alive for other reasons, and would keep the office for nobody.
 * @returns whether nothing of it is there or can come any more
 */
export async function giveBack(office: Office, { hold, epoch }: OpenBid, deadline: Deadline): Promise<boolean> {
  if (hold.lost) return true;
  const [leaderKey, epochKey] = [office.layout.key('leader'), office.layout.key('epoch')];
  const { entries } = await office.read(deadline);
  const leader = entries.get(leaderKey);
  const counted = entries.get(epochKey)?.version ?? null;
  if (leader?.session !== hold.session.id) return counted !== epoch;
  const guards = [
    { key: leaderKey, version: leader.version },
    { key: epochKey, version: counted },
  ];
  const txn: Txn = { guards, writes: [{ type: 'delete', key: leaderKey }] };
  return (await office.settle(txn, deadline)) !== undefined;
}
