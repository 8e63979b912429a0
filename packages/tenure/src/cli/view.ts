import { type ClusterView, lagOf, type MemberView } from '@tenure/core';
import { kept, type Part, spare } from './parts.ts';
import { paint, printable, table } from './terminal.ts';

/** What `--json` prints for one look: the view as data, without its methods. */
export function viewJson(view: ClusterView): Record<string, unknown> {
  const { namespace, scope, group, leader, epoch, isUnlocked, timeline, stale, problems } = view;
  const { config, sync, failover, history, status, initialize, failsafe } = view;
  return {
    namespace,
    scope,
    ...(group === undefined ? {} : { group }),
    leader:
      leader === undefined ? null : { name: leader.name, session: leader.session ?? null, token: leader.token ?? null },
    token: epoch.value,
    isUnlocked,
    members: view.members.map((member) => {
      const { name, session, data, problem } = member;
      return {
        name,
        leader: name === leader?.name,
        session: session ?? null,
        lag: lagOf(view, member) ?? null,
        data,
        ...(problem === undefined ? {} : { problem }),
      };
    }),
    config,
    sync,
    failover,
    history,
    status,
    initialize,
    failsafe,
    timeline,
    problems,
    stale,
    ageMs: Math.round(view.age()),
    ...(view.workers.size === 0 ? {} : { workers: [...view.workers.values()].map(viewJson) }),
  };
}

/** One look as a table for people. */
export function viewParts(view: ClusterView, store: string): Part[] {
  const { leader, members, problems, stale } = view;
  const path = `${view.namespace}/${view.scope}${view.group === undefined ? '' : `/${view.group}`}`;
  const head = [
    `${paint('bold', path)} on ${store}: ${leaderText(view)}; ${stale ? paint('yellow', 'STALE, ') : ''}state ${ageText(view)} old`,
    '',
  ];
  const [columns = '', ...rows] =
    members.length === 0
      ? ['no members']
      : table(
          ['MEMBER', 'ROLE', 'STATE', 'LAG', 'HOST', 'COMMAND'],
          members.map((member) => row(view, member)),
        );
  const below: string[] = [];
  const wrong: string[] = [];
  if (leader !== undefined && leader.name !== '' && leader.member === undefined) {
    below.push(`the leader ${printable(leader.name)} has no member key`);
  }
  below.push('', ...documentLines(view));
  if (problems.length > 0) {
    below.push('', paint('yellow', `${problems.length} problem${problems.length === 1 ? '' : 's'}`));
    wrong.push(...problems.map(({ key, message }) => `  ${printable(key)}: ${printable(message)}`));
  }
  const workers = [...view.workers.values()].flatMap((worker) => [kept(''), ...viewParts(worker, store)]);
  return [kept(...head, columns), spare(...rows), kept(...below), spare(...wrong), ...workers];
}

function leaderText({ leader, isUnlocked, epoch }: ClusterView): string {
  const term = epoch.value === 0 ? 'no term yet' : `token ${epoch.value}`;
  if (leader === undefined || isUnlocked) return `${paint('yellow', 'no leader')}, ${term}`;
  return `leader ${paint('green', printable(leader.name))}, ${term}`;
}

function ageText(view: ClusterView): string {
  const age = view.age();
  return age < 10_000 ? `${Math.round(age)} ms` : `${Math.round(age / 1000)} s`;
}

function row(view: ClusterView, member: MemberView): string[] {
  const { name, data } = member;
  const { state, role, host, conn_url, command } = data;
  const leads = name === view.leader?.name;
  const lag = lagOf(view, member);
  return [
    name,
    leads ? 'leader' : (role ?? ''),
    state ?? '',
    lag === undefined ? '' : String(lag),
    String(host ?? hostOf(conn_url) ?? ''),
    String(command ?? ''),
  ].map(printable);
}

function hostOf(url: string | undefined): string | undefined {
  return url === undefined || !URL.canParse(url) ? undefined : new URL(url).host;
}

/** One line for each document that there is. */
function documentLines(view: ClusterView): string[] {
  const documents = Object.entries({
    config: view.config,
    sync: view.sync,
    failover: view.failover,
    history: view.history,
    status: view.status,
    initialize: view.initialize,
    failsafe: view.failsafe,
  }).filter(([, { version }]) => version !== null);
  if (documents.length === 0) return ['no documents'];
  const rows = documents.map(([name, { value, version, problem }]) => {
    const text = problem ?? JSON.stringify(value) ?? '';
    return [name, String(version), printable(text.length > 80 ? `${text.slice(0, 79)}…` : text)];
  });
  return table(['DOCUMENT', 'VERSION', 'VALUE'], rows);
}
