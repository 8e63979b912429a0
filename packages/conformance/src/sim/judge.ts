import type { HistoryEvent } from '../history/event.ts';
import type { Violation } from '../history/report.ts';
import type { Schedule } from './schedule.ts';

/** What the history of a schedule breaks of the promise that is made under it. */
export function judge(schedule: Schedule, events: readonly HistoryEvent[]): readonly Violation[] {
  const violations: Violation[] = [];
  const lastAct = { token: 0, to: Number.NEGATIVE_INFINITY };
  const tokens = new Map<string, number>();
  let epoch = 0;
  let fenced = 0;
  const deposed = schedule.faults.some(({ type }) =>
    ['twin', 'expire', 'delete', 'overwrite', 'rewrite'].includes(type),
  );
  for (const event of events) {
    if (event.type === 'uncaught') {
      violations.push({ rule: 'no uncaught exception', at: event.at, message: event.message });
    } else if (event.type === 'act' && schedule.withinDrift && !deposed) {
      if (event.token < lastAct.token && event.to > lastAct.to) {
        violations.push({ rule: 'one holder', at: event.at, message: `${event.client} under ${event.token}` });
      } else if (event.token > lastAct.token) lastAct.token = event.token;
      lastAct.to = event.from;
    } else if (event.type === 'call' && event.operation === 'write' && event.token !== undefined) {
      tokens.set(event.value, event.token);
    } else if (event.type === 'state' && event.key === 'epoch') {
      if (Number(event.value) <= epoch) violations.push({ rule: 'tokens', at: event.at, message: `${event.value}` });
      epoch = Number(event.value);
    } else if (event.type === 'state' && event.value !== null && event.key !== 'leader') {
      const token = tokens.get(event.value) ?? fenced;
      if (token < fenced) violations.push({ rule: 'fence', at: event.at, message: `${token} after ${fenced}` });
      fenced = token;
    }
  }
  return violations;
}
