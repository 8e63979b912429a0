import {
  type ClusterView,
  type FailoverRequest,
  isFailoverRequested,
  isFailsafeMode,
  isPaused,
  Layout,
  type MemberView,
} from '@tenure/core';
import { duration } from '../page/duration.ts';
import { type Finding, inScope } from './finding.ts';

/** Beyond this a schedule that nobody acted on is overdue, milliseconds: some loops of Patroni's. */
const OVERDUE = 60_000;

/** No PostgreSQL tells a negative one. */
const COUNTS = ['xlog_location', 'replay_lsn', 'receive_lsn', 'timeline'] as const;

/** What is suspicious in the keys of a cluster, and of each of its groups. `now` is the time of day, milliseconds. */
export function keyFindings(view: ClusterView, now: number): Finding[] {
  const { scopePrefix } = new Layout({ namespace: view.namespace, scope: view.scope });
  const place = view.group === undefined ? '' : `${view.group}/`;
  const found = [...leaderFindings(view), ...memberFindings(view.members), ...documentFindings(view, now)];
  const own = [
    ...view.problems.map(({ key, message }) => wrong(inScope(key, scopePrefix), message)),
    ...found.map((finding) => ({ ...finding, subject: place + finding.subject })),
  ];
  const groups = [...view.workers.values(), ...view.groups.values()];
  const theirs = groups.flatMap((group) => keyFindings(group, now)).filter(({ grade }) => grade !== 'ok');
  const all = [...own, ...theirs];
  if (all.some(({ grade }) => grade === 'wrong')) return all;
  const members = [view, ...groups].reduce((sum, one) => sum + one.members.length, 0);
  const keys = members === 1 ? 'one member' : `${members} members`;
  return [...all, { topic: 'key', grade: 'ok', subject: view.scope, message: `${keys}, and nothing suspicious` }];
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
  for (const { name, session, data } of members) {
    if (session === undefined) findings.push(wrong(`members/${name}`, 'it has no session: it will never expire'));
    for (const field of COUNTS) {
      const value = data[field];
      if (value !== undefined && value < 0) {
        findings.push(wrong(`members/${name}`, `${field}: it must be 0 or more, got ${value}`));
      }
    }
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
  if (initialize.value && !/^[0-9]{10,}$/.test(initialize.value)) {
    const got = JSON.stringify(initialize.value);
    findings.push(
      note('initialize', `it is no system id of PostgreSQL, which has ten digits or more and nothing else, got ${got}`),
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
  if (late > OVERDUE) return [wrong('failover', `${scheduled}: overdue by ${duration(late)}`)];
  return [note('failover', `${scheduled}, is pending`)];
}
