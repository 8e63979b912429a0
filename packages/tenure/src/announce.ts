import { type Dcs, DcsError, type MemberData } from '@tenure/core';

/** What a member says of itself is for people: no lease depends on it, and `campaign` restores it after an outage. */
export async function announceQuietly(dcs: Dcs, data: MemberData): Promise<void> {
  await dcs.announce(data).catch((error: unknown) => {
    if (!DcsError.is(error)) throw error;
  });
}
