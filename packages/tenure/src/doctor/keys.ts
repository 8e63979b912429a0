import {
  type ClusterView,
  type FailoverRequest,
  isFailoverRequested,
  isFailsafeMode,
  isPaused,
  type MemberView,
} from '@tenure/core';
import { type Finding, inSeconds } from './finding.ts';

/** Beyond this a schedule that nobody acted on is overdue, milliseconds: some loops of Patroni's. */
const OVERDUE = 60_000;

/** What is suspicious in the keys of a cluster, and of each of its groups. `now` is the time of day, milliseconds. */
export function keyFindings(view: ClusterView, now: number): Finding[] {
  const own = [
    ...view.problems.map(({ key, message }) => wrong(key, message)),
    ...leaderFindings(view),
    ...memberFindings(view.members),
    ...documentFindings(view, now),
  ];
  const groups = [...view.workers.values(), ...view.groups.values()];
  const theirs = groups.flatMap((group) => groupFindings(group, now));
  const all = [...own, ...theirs];
  if (all.some(({ grade }) => grade === 'wrong')) return all;
  const members = [view, ...groups].reduce((sum, one) => sum + one.members.length, 0);
  const keys = members === 1 ? 'one member' : `${members} members`;
  return [...all, { topic: 'key', grade: 'ok', subject: view.scope, message: `${keys}, and nothing suspicious` }];
}

function groupFindings(view: ClusterView, now: number): Finding[] {
  return keyFindings(view, now)
    .filter(({ grade }) => grade !== 'ok')
    .map((found) => ({ ...found, subject: inGroup(view, found) }));
}

function inGroup({ group }: ClusterView, { subject }: Finding): string {
  return subject.startsWith('/') ? subject : `${group}/${subject}`;
}

function wrong(subject: string, message: string): Finding {
  return { topic: 'key', grade: 'wrong', subject, message };
}

function note(subject: string, message: string): Finding {
  return { topic: 'key', grade: 'note', subject, message };
}

function leaderFindings(view: ClusterView): Finding[] {
  const { leader, members, isUnlocked } = view;
  if (leader !== undefined && !isUnlocked && leader.member === undefined) {
    return [wrong('leader', `it names ${leader.name}, who has no member key: nobody can learn where it is`)];
  }
  if (leader !== undefined || members.length === 0) return [];
  const vacant = `nobody leads, with ${members.length} member${members.length === 1 ? '' : 's'} there`;
  return [isPaused(view) ? note('leader', `${vacant}; the cluster is paused`) : wrong('leader', vacant)];
}

function memberFindings(members: readonly MemberView[]): Finding[] {
  const findings: Finding[] = [];
  for (const { name, session } of members) {
    if (session === undefined) findings.push(wrong(`members/${name}`, 'it has no session: it will never expire'));
  }
  const twice = (what: string, of: (member: MemberView) => string | undefined) => {
    const named = new Map<string, string>();
    for (const member of members) {
      const value = of(member);
      const other = value === undefined ? undefined : named.get(value);
      if (other !== undefined) findings.push(wrong(`members/${member.name}`, `it has the ${what} of ${other}`));
      if (value !== undefined) named.set(value, member.name);
    }
  };
  twice('conn_url', ({ data }) => data.conn_url);
  twice('api_url', ({ data }) => data.api_url);
  twice('name, but for its case,', ({ name }) => name.toLowerCase());
  return findings;
}

function documentFindings(view: ClusterView, now: number): Finding[] {
  const { initialize, failover, failsafe, sync, leader } = view;
  const findings: Finding[] = [];
  if (initialize.value === '') {
    findings.push(
      wrong('initialize', 'a bootstrap has begun and not ended; when nobody is at it, nobody else can begin'),
    );
  }
  if (failover.value !== undefined) findings.push(...requested(failover.value, now));
  if (failsafe.version !== null && !isFailsafeMode(view)) {
    findings.push(note('failsafe', 'it is left over: failsafe_mode is off'));
  }
  const synced = sync.value?.leader;
  if (synced != null && leader !== undefined && synced.toLowerCase() !== leader.name.toLowerCase()) {
    findings.push(note('sync', `it is of ${synced}, and ${leader.name} leads`));
  }
  return findings;
}

function requested(request: FailoverRequest, now: number): Finding[] {
  if (!isFailoverRequested(request)) return [];
  const { leader, candidate, scheduledAt } = request;
  const what = `from ${leader ?? 'anybody'} to ${candidate ?? 'anybody'}`;
  if (scheduledAt === undefined) return [note('failover', `${what}, is pending`)];
  const scheduled = `${what}, scheduled for ${scheduledAt.toISOString()}`;
  const late = now - scheduledAt.getTime();
  if (late > OVERDUE) return [wrong('failover', `${scheduled}: overdue by ${inSeconds(late)}`)];
  return [note('failover', `${scheduled}, is pending`)];
}
