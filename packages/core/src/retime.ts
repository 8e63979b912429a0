import type { Deadline } from './deadline.ts';
import { DcsError } from './errors.ts';
import type { Hold } from './hold.ts';
import type { Lease } from './lease.ts';
import type { Membership } from './membership.ts';
import type { Office } from './office.ts';
import type { Version, Write } from './store.ts';
import type { Timing } from './timing.ts';
import { assertValidity } from './validity.ts';

/**
 * Opens a session with the new ttl, moves the leader key and the member to it in one commit, and only then lets the old
 * session go. The term is the same: `epoch` is guarded and stays.
 */
export async function retime(
  office: Office,
  member: Membership,
  lease: Lease | undefined,
  timing: Timing,
  deadline: Deadline,
): Promise<void> {
  const { session } = office;
  await session.settled();
  const old = session.hold;
  const holder = lease?.held ? lease : undefined;
  if (old === undefined || timing.ttl === old.ttl) {
    if (old !== undefined) assertValidity(old.session.guaranteed, timing);
    session.adopt(undefined, timing.ttl);
    enforce(office, timing, holder);
    return;
  }
  const next = await session.openNext(timing.ttl, deadline);
  let spent: Hold | undefined = next;
  let unsettled = false;
  try {
    assertValidity(next.session.guaranteed, timing);
    const moving = Promise.withResolvers<void>();
    office.moved = moving.promise;
    holder?.moving(next);
    try {
      const leaderVersion = await move(office, member, holder, next, deadline);
      session.adopt(next, timing.ttl);
      enforce(office, timing, holder, leaderVersion === undefined ? undefined : { hold: next, leaderVersion });
      // A term that has ended is for its holder to release, who may still be stopping: its session is left to expire as it is.
      spent = lease?.lingersOn(old) ? undefined : old;
    } catch (error) {
      unsettled = holder !== undefined && DcsError.is(error) && error.maybeApplied;
      throw error;
    } finally {
      holder?.moving(undefined);
      office.moved = undefined;
      moving.resolve();
    }
  } finally {
    spent?.lose('ended');
    // It holds no key that is wanted; unanswered, it expires. So does one to which the office may have moved after all: whoever held
    // that has only just been told, and has until then to stop.
    if (spent !== undefined && !unsettled) {
      await office.calls.end(spent.session, deadline.unaborted()).catch(() => undefined);
    }
  }
}

function enforce(
  office: Office,
  timing: Timing,
  lease: Lease | undefined,
  moved?: Parameters<Lease['retimed']>[1],
): void {
  const apply = () => {
    office.timing = timing;
  };
  if (lease === undefined) apply();
  else lease.retimed(apply, moved);
}

/**
 * Resolves to the new version of the leader key, if there is a lease. Once the commit is sent its outcome is awaited, whoever
 * gives up: the session that must live is the one that holds the keys.
 */
async function move(
  office: Office,
  member: Membership,
  holder: Lease | undefined,
  next: Hold,
  deadline: Deadline,
): Promise<Version | undefined> {
  deadline.signal?.throwIfAborted();
  const bound = deadline.unaborted();
  const key = office.layout.key('leader');
  const writes: Write[] = [];
  if (holder !== undefined) writes.push({ type: 'put', key, value: office.name, session: next.session });
  const moved = member.moveTo(next);
  if (moved !== undefined) writes.push(moved.write);
  if (writes.length === 0) return undefined;
  try {
    const commit = await office.calls.commit({ guards: holder?.guards ?? [], writes }, bound);
    if (commit === undefined && holder !== undefined) {
      const lost = holder.lost('it was deposed before its session could change');
      await office.whyDeposed(bound);
      throw lost;
    }
    if (commit !== undefined) moved?.done(commit);
    return commit?.versions.get(key);
  } catch (error) {
    member.forget();
    if (!DcsError.is(error) || !error.maybeApplied || holder === undefined) throw error;
    const leader = await office.calls.read(key, bound).then(
      ({ entries }) => entries.get(key),
      () => undefined,
    );
    if (leader?.session === next.session.id) return leader.version;
    // The commit may take effect yet, on a session that is about to end.
    holder.doubted('moving it to a new session had no answer');
    throw error;
  }
}
