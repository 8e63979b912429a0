import { byId, h } from './dom.ts';
import { timeNow } from './format.ts';
import { pendingText } from './pending.ts';
import type { ClusterJson } from './wire.ts';

const KEPT = 50;

/** What happened while the page was open, told once, for eyes and for screen readers. */
export function announce(sentences: readonly string[]): void {
  if (sentences.length === 0) return;
  const log = byId('log', HTMLElement);
  byId('log-empty', HTMLElement).hidden = true;
  log.append(...sentences.map((sentence) => h('li', {}, h('span', { class: 'when' }, timeNow()), ` ${sentence}`)));
  while (log.children.length > KEPT) log.firstElementChild?.remove();
  log.scrollTop = log.scrollHeight;
}

/** What changed from one state of a cluster to the next, in words. */
export function changesOf(before: ClusterJson | undefined, now: ClusterJson): string[] {
  const { id } = now;
  if (before === undefined) return [`${id}: has appeared`];
  return [
    ...leaderChange(before, now),
    ...membersChange(before, now),
    ...(before.paused === now.paused ? [] : [`${id}: is ${now.paused ? 'paused' : 'no longer paused'}`]),
    ...pendingChange(before, now),
    ...(before.config.version === now.config.version ? [] : [`${id}: the configuration has changed`]),
    ...(before.problems.length >= now.problems.length ? [] : [`${id}: has a new problem`]),
  ];
}

function leaderChange({ leader: before }: ClusterJson, { id, leader: now }: ClusterJson): string[] {
  if (before?.name === now?.name && before?.token === now?.token) return [];
  if (now === null) return [`${id}: ${before?.name ?? ''} no longer leads, and nobody does`];
  const term = now.token === null ? '' : `, token ${now.token}`;
  return [`${id}: ${now.name} leads now${term}`];
}

function pendingChange({ failover: before }: ClusterJson, { id, failover: now }: ClusterJson): string[] {
  if (pendingText(before) === pendingText(now)) return [];
  return [`${id}: ${now.text === '' ? 'nothing is asked for any more' : `asked for: ${pendingText(now)}`}`];
}

function membersChange(before: ClusterJson, { id, members }: ClusterJson): string[] {
  const known = new Map(before.members.map((member) => [member.name, member]));
  const joined = members.filter(({ name }) => !known.has(name)).map(({ name }) => `${id}: ${name} has joined`);
  const left = [...known.keys()].filter((name) => members.every((member) => member.name !== name));
  const states = members.flatMap(({ name, state }) => {
    const old = known.get(name);
    return old === undefined || old.state === state ? [] : [`${id}: ${name} is ${state || 'in no known state'}`];
  });
  return [...joined, ...left.map((name) => `${id}: ${name} has left`), ...states];
}
