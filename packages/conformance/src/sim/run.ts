import type { HistoryEvent } from '../history/event.ts';
import type { Report, Violation } from '../history/report.ts';
import { judge } from './judge.ts';
import type { Schedule } from './schedule.ts';
import { scheduleOf } from './schedule-of.ts';
import { simulate } from './simulate.ts';

/** A history that breaks a promise, and the schedule that leads to it. */
export interface Failure {
  readonly schedule: Schedule;
  readonly violations: readonly Violation[];
  readonly history: readonly HistoryEvent[];
}

export interface Batch {
  /** How many histories it took, that of the failure included. */
  readonly histories: number;
  readonly failure?: Failure;
}

export interface BatchOptions {
  /** Each is a history. May be endless: `signal` ends the batch between two of them. */
  readonly seeds: Iterable<number>;
  readonly signal?: AbortSignal;
  /** Is told of each history. */
  readonly tell?: (schedule: Schedule, report: Report) => void;
}

/** Simulates until a history breaks a promise, the seeds are used up or `signal` aborts. */
export async function run({ seeds, signal, tell }: BatchOptions): Promise<Batch> {
  let histories = 0;
  for (const seed of seeds) {
    if (signal?.aborted) break;
    const schedule = scheduleOf(seed);
    const failure = await trial(schedule, tell);
    histories += 1;
    if (failure !== undefined) return { histories, failure };
  }
  return { histories };
}

/** The failure of one schedule, if it fails. */
export async function trial(schedule: Schedule, tell?: BatchOptions['tell']): Promise<Failure | undefined> {
  const history = await simulate(schedule);
  const report = judge(schedule, history);
  tell?.(schedule, report);
  const { violations } = report;
  return violations.length === 0 ? undefined : { schedule, violations, history };
}
