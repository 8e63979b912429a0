import {
  type Candidates,
  type ClusterView,
  candidates,
  type FailoverRequest,
  isPaused,
  isSynchronousActive,
  isSyncMember,
  type LeaderChange,
  type Obstacle,
  parseScheduledAt,
} from '@tenure/core';
import { EXIT, Exit } from './exit.ts';
import { printable } from './terminal.ts';

/** What the user asks for, in words. */
export interface Wish {
  readonly leader?: string;
  readonly candidate?: string;
  readonly scheduled?: string;
}

/** How an asker names what is asked for: the options of a command, or the fields of the page. */
export interface Words {
  /** Where a candidate is named: `with --candidate`. */
  readonly where: string;
  /** What gives a cluster without a leader one, after a semicolon; empty when the asker cannot have it. */
  readonly instead: string;
  /** The time that was given as `text`. */
  time(text: string): string;
}

export const COMMAND_WORDS: Words = {
  where: 'with --candidate',
  instead: '; failover gives it one',
  time: (text) => `--scheduled: ${text}`,
};

export interface Plan {
  readonly action: LeaderChange;
  readonly request: FailoverRequest;
  readonly candidates: Candidates;
  /** That the candidate of a failover lacks what may have been acknowledged. */
  readonly warning?: string;
}

/**
 * What is to be written for a wish, by the rules of those who have a say in Patroni: `patronictl` and the REST API, which
 * this goes without. @throws Exit with the reasons against it, in the asker's words
 */
export function planChange(view: ClusterView, action: LeaderChange, wish: Wish, now: Date, words: Words): Plan {
  const { scope } = view;
  const current = view.isUnlocked ? undefined : view.leader?.name;
  if (action === 'switchover') assertLeader(scope, current, wish.leader, words);
  const scheduledAt = parseSchedule(wish.scheduled, now, words);
  const { candidate } = wish;
  if (isPaused(view) && scheduledAt !== undefined) {
    throw refused(`${scope} is paused: nothing can be scheduled`);
  }
  if (isPaused(view) && candidate === undefined) {
    throw refused(`${scope} is paused: only a candidate that is named ${words.where} can take over`);
  }
  const all = candidates(view, action);
  const considered = scheduledAt === undefined ? all : inTime(all);
  if (candidate === undefined) {
    if (considered.eligible.length === 0) throw refused(`${scope} has no candidate\n${reasons(considered).join('\n')}`);
  } else assertCandidate(view, candidate, considered);
  const atRisk = action === 'failover' && candidate !== undefined && isSynchronousActive(view);
  return {
    action,
    request: {
      ...(action === 'switchover' && current !== undefined ? { leader: current } : {}),
      ...(candidate === undefined ? {} : { candidate }),
      ...(scheduledAt === undefined ? {} : { scheduledAt }),
    },
    candidates: considered,
    ...(atRisk && !isSyncMember(view.sync.value, candidate)
      ? { warning: `${printable(candidate)} is not a synchronous standby: what was acknowledged may be lost` }
      : {}),
  };
}

/** Why each of the others is no candidate, a line each. */
export function reasons({ ineligible }: Candidates): string[] {
  return ineligible.map(({ member, obstacles }) => reason(member.name, obstacles));
}

function reason(name: string, obstacles: readonly Obstacle[]): string {
  return printable(`${name} ${obstacles.map(({ message }) => message).join(', ')}`);
}

function assertLeader(scope: string, current: string | undefined, named: string | undefined, words: Words): void {
  if (current === undefined) throw refused(`${scope} has no leader to take over from${words.instead}`);
  if (named === undefined || named === current) return;
  throw refused(`${printable(named)} is not the leader of ${scope}; that is ${printable(current)}`);
}

function assertCandidate({ scope, members }: ClusterView, name: string, { eligible, ineligible }: Candidates): void {
  if (eligible.some((member) => member.name === name)) return;
  const found = ineligible.find(({ member }) => member.name === name);
  if (found !== undefined) throw refused(reason(name, found.obstacles));
  const known = members.map((member) => member.name);
  throw refused(printable(`${name} is no member of ${scope}; its members are ${known.join(', ') || 'none'}`));
}

const LASTING: ReadonlySet<Obstacle['code']> = new Set(['no-leader', 'leader', 'nofailover']);

/** The candidates at a later time: until then a member can catch up, or start. */
export function inTime({ eligible, ineligible }: Candidates): Candidates {
  const lasting = ineligible
    .map(({ member, obstacles }) => ({ member, obstacles: obstacles.filter(({ code }) => LASTING.has(code)) }))
    .filter(({ obstacles }) => obstacles.length > 0);
  const never = new Set(lasting.map(({ member }) => member));
  const others = ineligible.map(({ member }) => member).filter((member) => !never.has(member));
  return { eligible: [...eligible, ...others], ineligible: lasting };
}

/** `undefined`: now. @throws Exit 2 for what is no time with an offset or cannot be written, Exit 1 for one in the past */
function parseSchedule(text: string | undefined, now: Date, words: Words): Date | undefined {
  if (text === undefined || text === 'now') return undefined;
  const date = parseScheduledAt(text);
  if (date === undefined) {
    const wanted = 'a time with its offset from UTC, as in 2030-01-31T04:00+01:00, or now';
    throw new Exit(EXIT.usage, `${words.time(JSON.stringify(text))} is not ${wanted}`);
  }
  if (!/^\d/.test(date.toISOString())) {
    throw new Exit(EXIT.usage, `${words.time(JSON.stringify(text))} is in UTC not in the years 0 to 9999`);
  }
  assertAhead(date, now, words.time(text));
  return date;
}

/** @throws Exit 1 for a time that has come, which `shown` names */
export function assertAhead(date: Date, now: Date, shown: string): void {
  if (date <= now) throw refused(`${shown} is in the past`);
}

function refused(message: string): Exit {
  return new Exit(EXIT.failed, message);
}
