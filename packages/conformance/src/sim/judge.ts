import { check } from '../history/check.ts';
import type { HistoryEvent } from '../history/event.ts';
import type { Report } from '../history/report.ts';
import type { Schedule } from './schedule.ts';

/** The report of a history, with the violations of what is promised under its schedule: clocks that run too wrong void one rule. */
export function judge(schedule: Schedule, history: readonly HistoryEvent[]): Report {
  const report = check(history);
  if (schedule.withinDrift) return report;
  return { ...report, violations: report.violations.filter(({ rule }) => rule !== 'one holder') };
}
