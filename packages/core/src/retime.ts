import { DcsError } from './errors.ts';
import type { Hold } from './hold.ts';
import type { Lease } from './lease.ts';
import type { Membership } from './membership.ts';
import type { Office } from './office.ts';
import type { Commit, Guard, Txn, Write } from './store.ts';
import { assertValidity, type Timing } from './timing.ts';

/**
 * Opens a session with the new ttl, moves the leader key and the member to it in one commit, and only then lets the old
 * session go. The term is the same: `epoch` is guarded and stays.
 */
export async function retime(
  office: Office,
  member: Membership,
  lease: Lease | undefined,
  timing: Timing,
  signal: AbortSignal,
): Promise<void> {
  const { session } = office;
  const old = session.hold;
  if (old === undefined || timing.ttl === session.ttl) {
    session.adopt(undefined, timing.ttl);
    office.timing = timing;
    if (old !== undefined) lease?.rebind(old);
    return;
  }
  const deadline = office.deadline(signal);
  const next = await session.openNext(timing.ttl, deadline);
  assertValidity(next.session.guaranteed, timing);
  const moved = member.moveTo(next);
  const holder = lease?.held ? lease : undefined;
  const txn = moveTxn(office, next, holder, moved?.write);
  let commit: Commit | undefined;
  try {
    commit = await office.calls.commit(txn, deadline);
  } catch (error) {
    // Which session the keys are on is unknown: the lease cannot be relied on under either.
    if (DcsError.is(error) && error.maybeApplied) holder?.lost('moving it to a new session had no answer');
    throw error;
  }
  const leaderVersion = commit?.versions.get(office.layout.key('leader'));
  if (commit === undefined) throw holder?.lost('it was deposed before its session could change') ?? refused(office);
  session.adopt(next, timing.ttl);
  office.timing = timing;
  moved?.done();
  if (holder !== undefined && leaderVersion !== undefined) holder.rebind(next, leaderVersion);
  // It holds no key any more; unanswered, it expires.
  await office.calls.end(old.session, deadline).catch(() => undefined);
}

function moveTxn(office: Office, next: Hold, lease: Lease | undefined, member: Write | undefined): Txn {
  const guards: readonly Guard[] = lease?.guards ?? [];
  const leader: Write[] =
    lease === undefined
      ? []
      : [{ type: 'put', key: office.layout.key('leader'), value: office.name, session: next.session }];
  return { guards, writes: member === undefined ? leader : [...leader, member] };
}

function refused(office: Office): DcsError {
  return new DcsError('CONFLICT', `${office.layout.scope}: the move to a new session was refused`, {
    store: office.store.name,
  });
}
