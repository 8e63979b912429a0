import {
  type ClusterView,
  candidates,
  type FailoverRequest,
  failoverAction,
  isPaused,
  isSynchronousMode,
  lagOf,
  type MemberView,
  maximumLagOnFailover,
  toIso,
  type Versioned,
} from '@tenure/core';
import { inTime } from '../cli/leader-change.ts';
import { memberRows } from '../cli/members.ts';
import { requestText } from '../cli/request-text.ts';
import { configText } from '../config-diff.ts';
import type { ClusterJson, ConfigChangeJson, FailoverJson, LeaderJson, MemberJson, TermJson } from '../page/wire.ts';

/** What was seen of a cluster before. */
export interface Seen {
  readonly terms: readonly TermJson[];
  readonly changes: readonly ConfigChangeJson[];
}

/** The name of a cluster on the page: its scope, and its group if it has one. */
export function clusterId({ scope, group }: Pick<ClusterView, 'scope' | 'group'>): string {
  return group === undefined ? scope : `${scope}/${group}`;
}

export function clusterJson(view: ClusterView, { terms, changes }: Seen): ClusterJson {
  const { config, failover } = view;
  return {
    id: clusterId(view),
    scope: view.scope,
    group: view.group ?? null,
    leader: leaderJson(view, terms),
    timeline: view.timeline,
    systemId: view.initialize.value ?? '',
    paused: isPaused(view),
    synchronous: synchronousText(view),
    members: membersJson(view),
    config: {
      text: config.value === undefined ? '' : configText(config.value, 'yaml'),
      version: config.version,
      problem: config.problem ?? '',
    },
    failover: failoverJson(failover),
    history: (view.history.value ?? []).map(({ timeline, leader = '', timestamp = '', reason }) => ({
      timeline,
      leader,
      at: timestamp,
      reason,
    })),
    terms,
    configChanges: changes,
    problems: view.problems,
    candidates: candidatesJson(view),
  };
}

export function failoverJson({ value = {}, version, problem }: Versioned<FailoverRequest>): FailoverJson {
  const { scheduledAt, ...request } = value;
  const pending = failoverAction(request) === undefined ? '' : requestText(request);
  return {
    text: problem === undefined ? pending : 'a request that cannot be read',
    scheduledAt: pending === '' || scheduledAt === undefined ? null : toIso(scheduledAt),
    version,
  };
}

function leaderJson({ leader, isUnlocked, history }: ClusterView, terms: readonly TermJson[]): LeaderJson | null {
  if (leader === undefined || isUnlocked) return null;
  const { name, token = null } = leader;
  const term = terms.at(-1);
  const line = history.value?.at(-1);
  if (term !== undefined && !term.before) return { name, token, since: { at: term.from, from: 'watch' } };
  const at = line?.leader === name ? line.timestamp : undefined;
  return { name, token, since: at === undefined ? null : { at, from: 'history' } };
}

function membersJson(view: ClusterView): MemberJson[] {
  const { rows } = memberRows([view], { extended: true, hideLong: false });
  return view.members.map((member) => {
    const row = rows.get(member) ?? {};
    const text = (column: string) => String(row[column] ?? '');
    return {
      name: member.name,
      role: text('Role'),
      state: text('State'),
      host: text('Host'),
      timeline: member.data.timeline ?? null,
      lag: lagOf(view, member) ?? null,
      tags: tagTexts(member),
      pendingRestart: text('Pending restart') === '' ? '' : text('Pending restart reason') || 'yes',
      permanent: member.session === undefined,
      problem: member.problem ?? '',
    };
  });
}

function tagTexts({ data: { tags = {} } }: MemberView): string[] {
  return Object.entries(tags).map(([tag, value]) => (value === true ? tag : `${tag}: ${JSON.stringify(value)}`));
}

function synchronousText(view: ClusterView): string {
  if (!isSynchronousMode(view)) return 'off';
  const { leader = null, quorum = 0, standbys = [] } = view.sync.value ?? {};
  if (leader === null) return 'on, not begun';
  const names = standbys.join(', ') || 'nobody';
  return quorum > 0 ? `quorum ${quorum} of ${names}, led by ${leader}` : `${names}, led by ${leader}`;
}

function candidatesJson(view: ClusterView): ClusterJson['candidates'] {
  const now = candidates(view, 'switchover');
  const later = new Set(inTime(now).eligible);
  const { eligible, ineligible } = now;
  return {
    eligible: eligible.map(({ name }) => name),
    ineligible: ineligible.map(({ member, obstacles }) => ({
      name: member.name,
      reason: obstacles.flatMap(({ code, message }) => (code === 'lagging' ? [] : [message])).join(', '),
      behind: obstacles.some(({ code }) => code === 'lagging')
        ? { lag: lagOf(view, member) ?? 0, most: maximumLagOnFailover(view) }
        : null,
      later: later.has(member),
    })),
  };
}
