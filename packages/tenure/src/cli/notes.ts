import { type ClusterView, failoverAction, isPaused, toIso } from '@tenure/core';
import { kept, type Part, spare } from './parts.ts';
import { staleness } from './staleness.ts';
import { printable } from './terminal.ts';

/** What stands below the table of a cluster: maintenance mode, a pending change of the leader, and what is wrong. */
export function noteParts(view: ClusterView): Part[] {
  const { leader, problems } = view;
  const notes = isPaused(view) ? ['Maintenance mode: on'] : [];
  notes.push(...requestLines(view));
  if (leader !== undefined && leader.name !== '' && leader.member === undefined) {
    notes.push(`Leader ${leader.name} has no member key`);
  }
  const wrong = problems.map(({ key, message }) => `Problem: ${key}: ${message}`);
  const stale = view.stale ? [`STALE: ${staleness(view)}`] : [];
  return [kept(...notes.map(indented)), spare(...wrong.map(indented)), kept(...stale.map(indented))];
}

function indented(note: string): string {
  return ` ${printable(note)}`;
}

function requestLines({ failover: { value } }: ClusterView): string[] {
  const action = failoverAction(value);
  if (value === undefined || action === undefined) return [];
  const { leader, candidate, scheduledAt } = value;
  const what = action === 'switchover' ? 'Switchover' : 'Failover';
  return [
    scheduledAt === undefined ? `${what} requested` : `${what} scheduled at: ${toIso(scheduledAt)}`,
    ...(leader === undefined ? [] : [`${'from'.padStart(23)}: ${leader}`]),
    ...(candidate === undefined ? [] : [`${'to'.padStart(23)}: ${candidate}`]),
  ];
}
