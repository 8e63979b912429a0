import { type FailoverRequest, failoverAction, toIso } from '@tenure/core';
import { printable } from './terminal.ts';

/** A request in words: also one that somebody else wrote. */
export function requestText(request: FailoverRequest): string {
  const { leader, candidate, scheduledAt } = request;
  const from = leader === undefined ? '' : ` from ${printable(leader)}`;
  const to = candidate === undefined ? '' : ` to ${printable(candidate)}`;
  const at = scheduledAt === undefined ? '' : ` at ${toIso(scheduledAt)}`;
  return `${failoverAction(request) ?? 'nothing'}${from}${to}${at}`;
}
