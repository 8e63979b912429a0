import { countdown } from './countdown.ts';
import { type Child, h } from './dom.ts';
import { time, timeText } from './format.ts';
import type { Answer, FailoverJson } from './wire.ts';

/** What is asked for, its time, and how long it is until then. */
export function pendingParts({ text, scheduledAt }: FailoverJson): Child[] {
  if (scheduledAt === null) return [text];
  return [`${text} at `, time(scheduledAt), ' (', countdown(scheduledAt), ')'];
}

/** The same as a line of the log, where how long it was then is of no use later. */
export function pendingText({ text, scheduledAt }: FailoverJson): string {
  return scheduledAt === null ? text : `${text} at ${timeText(scheduledAt)}`;
}

/** What stands instead of what was asked for, in a refusal. */
export function pendingNow(failover: FailoverJson): HTMLElement {
  return h('p', {}, 'Pending now: ', ...pendingParts(failover), '.');
}

/** An answer as a line of the log. */
export function answerText({ message, failover }: Answer): string {
  return failover === undefined ? message : `${message}: ${pendingText(failover)}`;
}
