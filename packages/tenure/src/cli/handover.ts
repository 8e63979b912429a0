import { type ClusterView, type Dcs, type FailoverRequest, isFailoverRequested, type Version } from '@tenure/core';
import { MOST_CLOCK_ERROR } from '../doctor/servers.ts';
import { follow, until, within } from './follow.ts';
import { stalenessTeller } from './staleness.ts';
import { printable, say } from './terminal.ts';

export interface Asked {
  readonly request: FailoverRequest;
  /** Who led when it was asked for. */
  readonly from: string | undefined;
  /** Of the failover key: before, and since. */
  readonly seen: Version | null;
  readonly version: Version;
}

export type Outcome =
  | { readonly type: 'done'; readonly leader: string }
  /** Before the time that it was scheduled for: not by this request. */
  | { readonly type: 'overtaken'; readonly leader: string }
  /** Another than the one who was to. */
  | { readonly type: 'elsewhere'; readonly leader: string }
  /** The request was taken back, by a leader that stays or by somebody else. */
  | { readonly type: 'withdrawn'; readonly leader: string }
  /** Somebody asks for something else now. */
  | { readonly type: 'replaced' }
  | { readonly type: 'late'; readonly leader: string | undefined };

/**
 * Follows what becomes of a request, and tells it, for `patience` milliseconds at most, which for a scheduled one begin at its
 * time. @throws the reason of `signal`
 */
export async function followRequest(dcs: Dcs, asked: Asked, patience: number, signal: AbortSignal): Promise<Outcome> {
  const { scheduledAt } = asked.request;
  const remaining = scheduledAt === undefined ? within(patience) : until(new Date(scheduledAt.getTime() + patience));
  let leader = asked.from;
  const tell = stalenessTeller();
  const outcome = await follow(dcs, remaining, signal, (view) => {
    const now = leaderOf(view);
    if (leader !== undefined && now === undefined) say(`${printable(leader)} leads no more`);
    if (leader === undefined && now !== undefined && now === asked.from) say(`${printable(now)} leads again`);
    tell(view);
    leader = now;
    return outcomeOf(asked, view);
  });
  return outcome ?? { type: 'late', leader };
}

/** Whether it is too early for a request to be carried out, by any host's clock. */
export function isEarly({ scheduledAt }: FailoverRequest): boolean {
  return scheduledAt !== undefined && scheduledAt.getTime() - Date.now() > MOST_CLOCK_ERROR;
}

/** What a state of the cluster says of a request; `undefined`: nothing yet. */
function outcomeOf({ request, from, seen, version }: Asked, view: ClusterView): Outcome | undefined {
  const leader = leaderOf(view);
  if (leader !== undefined && leader !== from) {
    if (isEarly(request)) return { type: 'overtaken', leader };
    const isWanted = request.candidate === undefined || request.candidate === leader;
    return { type: isWanted ? 'done' : 'elsewhere', leader };
  }
  const { failover } = view;
  // A watch may begin with what was there before the request.
  if (failover.version === version || failover.version === seen) return undefined;
  if (failover.problem !== undefined || isFailoverRequested(failover.value)) return { type: 'replaced' };
  // Whoever emptied it while nobody leads may be about to lead.
  return leader === undefined ? undefined : { type: 'withdrawn', leader };
}

function leaderOf({ isUnlocked, leader }: ClusterView): string | undefined {
  return isUnlocked ? undefined : leader?.name;
}
