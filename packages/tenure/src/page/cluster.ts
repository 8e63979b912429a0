import { breakable } from './breakable.ts';
import { type Child, h } from './dom.ts';
import { bytes, diffLines, time } from './format.ts';
import { historyTable, termsTable } from './past.ts';
import { pendingParts } from './pending.ts';
import { dataTable } from './table.ts';
import type { ClusterJson, MemberJson } from './wire.ts';

/** The id of a cluster's section, and of its link's target. */
export function sectionId(id: string): string {
  return `cluster-${encodeURIComponent(id)}`;
}

export function clusterTitle({ scope, group }: ClusterJson): string {
  if (group === null) return scope;
  return `${scope}, group ${group}${group === 0 ? ' (coordinator)' : ''}`;
}

/** Everything that is known of a cluster. */
export function clusterSection(cluster: ClusterJson, writable: boolean): HTMLElement {
  const { id, members, history, terms } = cluster;
  const heading = `${sectionId(id)}-title`;
  return h(
    'article',
    { class: 'cluster', id: sectionId(id), 'data-key': id, 'aria-labelledby': heading, tabindex: -1 },
    h('h2', { id: heading }, clusterTitle(cluster)),
    notices(cluster, writable),
    facts(cluster),
    writable ? actions(cluster) : null,
    h('h3', {}, `Members (${members.length})`),
    membersTable(cluster),
    h('h3', {}, 'Leaders'),
    termsTable(terms),
    history.length === 0 ? h('p', { class: 'none' }, 'No history of timelines.') : historyTable(history),
    h('h3', {}, 'Configuration'),
    ...configuration(cluster),
  );
}

function notices(cluster: ClusterJson, writable: boolean): HTMLElement {
  const { paused, failover, problems, leader, members } = cluster;
  const notice = (kind: string, title: string, ...text: readonly Child[]) =>
    h('li', { class: `notice ${kind}` }, h('strong', {}, title), ' ', ...text);
  const orphan = leader !== null && members.every(({ name }) => name !== leader.name);
  return h(
    'ul',
    { class: 'notices', 'aria-label': 'Notices' },
    leader === null ? notice('bad', 'No leader.', 'Nobody holds the lock.') : null,
    orphan ? notice('bad', 'Leader without a member key.', `${leader.name} may be gone.`) : null,
    paused ? notice('warn', 'Paused.', 'Nobody is elected or deposed without being asked for by name.') : null,
    failover.text === '' ? null : pendingNotice(cluster, writable),
    ...problems.map(({ key, message }) => notice('bad', 'Problem.', h('code', {}, key), `: ${message}`)),
  );
}

function pendingNotice({ id, failover }: ClusterJson, writable: boolean): HTMLElement {
  const words = `${sectionId(id)}-pending`;
  const flush = { type: 'button', 'data-action': 'flush', 'data-cluster': id, 'aria-describedby': words };
  return h(
    'li',
    // Its button keeps the focus while notices before it come and go.
    { class: 'notice warn', 'data-key': 'pending' },
    h('span', { id: words, class: 'notice-words' }, h('strong', {}, 'Pending.'), ' ', ...pendingParts(failover)),
    writable ? h('button', flush, 'Take it back…') : null,
  );
}

function facts({ leader, timeline, synchronous, systemId }: ClusterJson): HTMLElement {
  const rows: [string, Child[]][] = [
    ['Leader', [leader === null ? 'nobody' : h('strong', {}, leader.name)]],
    ['Token', [leader?.token == null ? 'none' : String(leader.token)]],
    ['Leads since', sinceOf(leader)],
    ['Timeline', [timeline === 0 ? 'unknown' : String(timeline)]],
    ['Synchronous', [synchronous]],
    ['System', [systemId || 'unknown']],
  ];
  return h(
    'dl',
    { class: 'facts' },
    ...rows.map(([term, text]) =>
      h('div', { class: term === 'System' ? 'long' : null }, h('dt', {}, term), h('dd', {}, ...text)),
    ),
  );
}

function sinceOf(leader: ClusterJson['leader']): Child[] {
  if (leader === null) return ['nobody leads'];
  if (leader.since === null) return ['before this server looked'];
  return [time(leader.since.at), leader.since.from === 'history' ? ' (by the history)' : ' (seen)'];
}

function actions({ id, paused, leader, config }: ClusterJson): HTMLElement {
  const button = (action: string, text: string, disabled: boolean) =>
    h('button', { type: 'button', 'data-action': action, 'data-cluster': id, disabled }, text);
  return h(
    'div',
    { class: 'actions', role: 'group', 'aria-label': `Change ${id}` },
    button('switchover', 'Switch over…', leader === null),
    button('pause', paused ? 'Resume…' : 'Pause…', config.version === null),
    button('config', 'Edit configuration…', config.problem !== '' && config.text === ''),
  );
}

function membersTable({ members, leader }: ClusterJson): HTMLElement {
  if (members.length === 0) return h('p', { class: 'none' }, 'No members.');
  const cells: [column: string, cell: (member: MemberJson) => string][] = [
    ['Role', roleText],
    ['State', stateText],
    ['Timeline', ({ timeline }) => (timeline === null ? '' : String(timeline))],
    ['Lag', (member) => lagText(member, leader?.name)],
    ['Tags', ({ tags }) => tags.join(', ')],
    ['Pending restart', ({ pendingRestart }) => pendingRestart.replaceAll('->', ' → ')],
  ];
  // A column that has nothing for anybody only takes room from the others.
  const shown = cells.filter(([, cell]) => members.some((member) => cell(member) !== ''));
  return dataTable({
    caption: 'Members',
    columns: ['Member', ...shown.map(([column]) => column)],
    numeric: new Set(['Timeline', 'Lag']),
    rows: members.map((member) => ({
      key: member.name,
      marked: member.name === leader?.name,
      cells: [nameCell(member), ...shown.map(([, cell]) => cell(member))],
    })),
  });
}

function nameCell({ name, host }: MemberJson): HTMLElement {
  return h('span', {}, ...breakable(name), ' ', host === '' ? null : h('span', { class: 'host' }, ...breakable(host)));
}

function roleText({ role, permanent }: MemberJson): string {
  return permanent ? `${role} (never expires)` : role;
}

function stateText({ state, problem }: MemberJson): string {
  return problem === '' ? state || 'unknown' : `cannot be read: ${problem}`;
}

function lagText({ name, lag }: MemberJson, leader: string | undefined): string {
  if (name === leader) return '';
  return lag === null ? 'unknown' : bytes(lag);
}

function configuration({ id, config, configChanges }: ClusterJson): HTMLElement[] {
  const { text, version, problem } = config;
  const known = version === null ? 'There is none.' : `Version ${version}.`;
  const about = h('p', { class: 'version' }, problem === '' ? known : `${known} ${problem}.`);
  const changes = h(
    'details',
    { class: 'changes' },
    h('summary', {}, `Changes seen (${configChanges.length})`),
    ...[...configChanges]
      .reverse()
      .map(({ at, version, diff }) =>
        h(
          'section',
          { 'data-key': `${version} ${at}` },
          h('p', {}, time(at), ` to version ${version}`),
          diffLines(diff, `Difference of ${id} to version ${version}`),
        ),
      ),
  );
  return [
    about,
    ...(text === ''
      ? []
      : [h('pre', { class: 'config', tabindex: 0, role: 'region', 'aria-label': `Configuration of ${id}` }, text)]),
    ...(configChanges.length === 0 ? [] : [changes]),
  ];
}
