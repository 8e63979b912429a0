import type { History } from './history.ts';
import type { Violation } from './report.ts';

/** Errors of a call under a token that say that the term is over. */
const OVER: readonly (string | undefined)[] = ['LEASE_LOST', 'SESSION_LOST'];

/** The acts of those who had been told that their office is gone, one for each term and client: the next look at a lease must say so too. */
export function heedless({ operations, terms }: History): Violation[] {
  const told = new Map<string, number>();
  for (const { call, error, endedAt } of operations.all) {
    if (call.operation !== 'write' || call.token === undefined || !OVER.includes(error)) continue;
    const holder = `${call.token} ${call.client}`;
    told.set(holder, Math.min(endedAt, told.get(holder) ?? endedAt));
  }
  const violations: Violation[] = [];
  for (const { token, acts } of terms.all) {
    for (const { client, from } of acts) {
      const at = told.get(`${token} ${client}`);
      if (at === undefined || from <= at) continue;
      told.delete(`${token} ${client}`);
      const message = `${client} acted at ${from} under ${token}, of which it was told at ${at} that it is over`;
      violations.push({ rule: 'one holder', at: from, message });
    }
  }
  return violations;
}
