import { adjustTiming } from '@tenure/core';
import { z } from 'zod';
import { MAX_TTL, seconds } from '../fields.ts';
import { numeric } from './fields.ts';

export const dcsSchema = z.object(
  {
    ttl: numeric(seconds(0, MAX_TTL)).optional(),
    loop_wait: numeric(seconds(0, MAX_TTL)).optional(),
    retry_timeout: numeric(seconds(0, MAX_TTL)).optional(),
  },
  { error: 'a mapping' },
);

/** Seconds, for what `bootstrap.dcs` leaves out (patroni/config.py). */
const DEFAULTS = { ttl: 30, loop_wait: 10, retry_timeout: 10 };

export interface PatroniTiming {
  readonly ttl: number;
  readonly loop_wait: number;
  readonly retry_timeout: number;
}

/** The timing, in seconds, that every Patroni makes of `bootstrap.dcs`; what had to be changed is noted. */
export function fromBootstrap(dcs: z.infer<typeof dcsSchema>): {
  readonly timing: PatroniTiming;
  readonly notes: string[];
} {
  const asked = { ...DEFAULTS, ...Object.fromEntries(Object.entries(dcs).filter(([, value]) => value !== undefined)) };
  const { ttl, loopWait, retryTimeout, warnings } = adjustTiming({
    ttl: asked.ttl * 1000,
    loopWait: asked.loop_wait * 1000,
    retryTimeout: asked.retry_timeout * 1000,
  });
  return {
    timing: { ttl: ttl / 1000, loop_wait: loopWait / 1000, retry_timeout: retryTimeout / 1000 },
    notes: warnings.map((warning) => `bootstrap.dcs: ${warning}, as Patroni takes it`),
  };
}
