import { type ClusterView, type Timing, validity } from '@tenure/core';
import { sharedTiming } from '../config-warnings.ts';
import { type Finding, inSeconds } from './finding.ts';
import type { Granted } from './session.ts';

/** How a lease is kept, and when another member can lead after its holder died. Milliseconds. */
export interface Plan {
  readonly ttl: number;
  readonly loopWait: number;
  readonly retryTimeout: number;
  readonly stopBudget: number;
  readonly guaranteed: number;
  readonly validity: number;
  /**
   * `earliest`: the holder died just before its next renewal, and the store keeps keys no longer than it guarantees.
   * `latest`: it died just after one, and the store took its whole grace to find out.
   */
  readonly failover: { readonly earliest: number; readonly latest: number };
}

/** @param grace milliseconds that the store may take beyond the ttl */
export function planOf(timing: Timing, granted: Granted, grace: number): Plan {
  const { loopWait, retryTimeout, stopBudget } = timing;
  return {
    ttl: granted.ttl,
    loopWait,
    retryTimeout,
    stopBudget,
    guaranteed: granted.guaranteed,
    validity: validity(granted.guaranteed, timing),
    failover: { earliest: Math.max(0, granted.guaranteed - loopWait), latest: granted.ttl + grace },
  };
}

/** @param given whether the configuration names a timing, or it is the default one */
export function timingFindings(plan: Plan, timing: Timing, view: ClusterView, given: boolean): Finding[] {
  const { failover, loopWait, validity: left } = plan;
  const spread = `from ${inSeconds(failover.earliest)} to ${inSeconds(failover.latest)} after the death of a leader`;
  const fits = left > loopWait;
  return [
    {
      topic: 'timing',
      grade: fits ? 'ok' : 'wrong',
      subject: 'renewal',
      message: fits
        ? `every ${inSeconds(loopWait)}; a leader may act for ${inSeconds(left)} after each`
        : `a leader may act for ${inSeconds(left)} only, and renews every ${inSeconds(loopWait)}: it would lose office in between`,
    },
    { topic: 'timing', grade: 'ok', subject: 'failover', message: `another member can lead ${spread}` },
    ...ofConfig(timing, view, given),
  ];
}

/** The key `config` decides for every Patroni of the scope. */
function ofConfig(timing: Timing, { config }: ClusterView, given: boolean): Finding[] {
  const value = config.value ?? {};
  if (!['ttl', 'loop_wait', 'retry_timeout'].some((field) => field in value)) return [];
  const { timing: shared, warnings } = sharedTiming(value);
  const findings: Finding[] = warnings.map((message) => ({
    topic: 'timing',
    grade: 'wrong',
    subject: 'config',
    message,
  }));
  if (shared === undefined) return findings;
  const differing = (['ttl', 'loopWait', 'retryTimeout'] as const).filter((field) => shared[field] !== timing[field]);
  if (differing.length > 0) {
    const each = differing.map(
      (field) => `${field} ${inSeconds(shared[field])} there, ${inSeconds(timing[field])} here`,
    );
    const message = `the key config and this configuration differ: ${each.join('; ')}`;
    findings.push({ topic: 'timing', grade: given ? 'wrong' : 'note', subject: 'config', message });
  }
  return findings;
}
