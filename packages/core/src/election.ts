import type { Deadline } from './deadline.ts';
import { DcsError } from './errors.ts';
import type { Hold } from './hold.ts';
import type { Term } from './lease.ts';
import type { Office } from './office.ts';
import type { OpenBid } from './open-bid.ts';
import type { Commit, Snapshot, Txn, Version } from './store.ts';
import { assertValidity, validity } from './validity.ts';

/** Between two tries that were refused on a fresh state, milliseconds. */
const FIRST_PAUSE = 10;
const LONGEST_PAUSE = 1000;

interface Bid {
  readonly token: number;
  /** The version that it counts on from. */
  readonly epoch: Version | null;
  readonly txn: Txn;
}

/**
 * One attempt to take office. The commit that puts `leader` also increments `epoch`, so every term has a token of its own,
 * and a lost race changes nothing. A leader key that already names this member is taken over under a new token: the
 * process that wrote it is a predecessor, or this one after its lease ran out.
 * Giving up is heard until the commit is sent; from then on its outcome is awaited, since it must be known.
 * @param warm a state that is already known, to save the read; a refusal is then checked against the store
 * @param last the token of this process's last term, 0 without one: a warm state from before it is not gone by, since what is left of
 * that term would pass for the work of a bid whose reply was lost
 * @param open is told of a bid whose reply is lost, before it is settled
 * @returns the term, or `undefined` when another member leads
 * @throws RangeError when what the session guarantees leaves no room for a renewal; DcsError INVALID_DATA when `epoch` holds no counter; UNAVAILABLE, with `maybeApplied` when the office may be ours
 */
export async function bid(
  office: Office,
  warm: Snapshot | undefined,
  last: number,
  deadline: Deadline,
  open: (bid: OpenBid) => void,
): Promise<Term | undefined> {
  let hold = await office.session.ensure(deadline);
  assertValidity(hold.session.guaranteed, office.timing);
  const known = warm !== undefined && epochOf(office, warm) >= last ? warm : undefined;
  let snapshot = known ?? (await office.read(deadline));
  let fresh = known === undefined;
  let reopened = false;
  for (let pause = 0; ; ) {
    const plan = planBid(office, snapshot, hold);
    if (plan === undefined && fresh) return undefined;
    if (plan !== undefined) {
      try {
        deadline.signal?.throwIfAborted();
        const commit = await send(office, plan, hold, deadline.unaborted());
        if (commit !== undefined) return term(office, plan, hold, commit);
      } catch (error) {
        if (!DcsError.is(error)) throw error;
        if (error.code === 'SESSION_LOST') {
          hold.lose('lost');
          if (reopened) throw error;
          reopened = true;
          hold = await office.session.ensure(deadline);
        } else if (error.maybeApplied) {
          open({ hold, epoch: plan.epoch });
          return await settle(office, plan, hold, deadline.unaborted(), error);
        } else {
          throw error;
        }
      }
    }
    // A refusal says that the state was another one, not whose it is now. Who is refused again and again on a fresh one does not hurry.
    if (plan !== undefined && fresh) {
      if (pause > 0) await deadline.sleep(pause);
      pause = Math.min(Math.max(FIRST_PAUSE, pause * 2), LONGEST_PAUSE);
    }
    snapshot = await office.read(deadline);
    fresh = true;
  }
}

/** NaN when it holds no counter. */
function epochOf({ layout }: Office, { entries }: Snapshot): number {
  return Number(entries.get(layout.key('epoch'))?.value ?? 0);
}

function planBid({ layout, name }: Office, { entries }: Snapshot, hold: Hold): Bid | undefined {
  const leader = entries.get(layout.key('leader'));
  if (leader !== undefined && leader.value !== name) return undefined;
  const epoch = entries.get(layout.key('epoch'));
  const token = epoch === undefined ? 1 : nextToken(layout.key('epoch'), epoch.value);
  return {
    token,
    epoch: epoch?.version ?? null,
    txn: {
      guards: [
        { key: layout.key('leader'), version: leader?.version ?? null },
        { key: layout.key('epoch'), version: epoch?.version ?? null },
      ],
      writes: [
        { type: 'put', key: layout.key('leader'), value: name, session: hold.session },
        { type: 'put', key: layout.key('epoch'), value: String(token) },
      ],
    },
  };
}

function nextToken(key: string, raw: string): number {
  const next = Number(raw) + 1;
  if (/^[0-9]+$/.test(raw) && Number.isSafeInteger(next)) return next;
  throw new DcsError(
    'INVALID_DATA',
    `${key}: ${JSON.stringify(raw.slice(0, 40))} is not a decimal counter; does another application use this scope?`,
  );
}

/** The session is renewed in the same round trip, unless its guarantee outlasts the first loop with a quarter to spare. */
async function send(office: Office, { txn }: Bid, hold: Hold, deadline: Deadline): Promise<Commit | undefined> {
  const { loopWait } = office.timing;
  const age = office.store.clock.now() - hold.renewedAt;
  const left = validity(hold.session.guaranteed, office.timing) - age;
  if (age < loopWait / 2 && left > 1.25 * loopWait) return await office.calls.commit(txn, deadline);
  return await office.session.renew(hold, txn, deadline, office.maxAge);
}

function term(office: Office, { token }: Bid, hold: Hold, { versions }: Commit): Term {
  const leaderVersion = versions.get(office.layout.key('leader'));
  const epochVersion = versions.get(office.layout.key('epoch'));
  if (leaderVersion === undefined || epochVersion === undefined) {
    throw new DcsError('INVALID_DATA', `${office.store.name}: the commit did not tell the versions of its puts`);
  }
  return { hold, token, leaderVersion, epochVersion };
}

/** The reply was lost: only the store knows whether the office is ours. Our session on the key under our token proves it. */
async function settle(
  office: Office,
  { token, epoch: guarded }: Bid,
  hold: Hold,
  deadline: Deadline,
  unknown: DcsError,
): Promise<Term | undefined> {
  const { layout } = office;
  let snapshot: Snapshot;
  try {
    snapshot = await office.read(deadline);
  } catch {
    throw unknown;
  }
  const leader = snapshot.entries.get(layout.key('leader'));
  const epoch = snapshot.entries.get(layout.key('epoch'));
  if (leader?.session === hold.session.id && epoch?.value === String(token)) {
    return { hold, token, leaderVersion: leader.version, epochVersion: epoch.version };
  }
  if ((epoch?.version ?? null) === guarded) throw unknown;
  return undefined;
}
