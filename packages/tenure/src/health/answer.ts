import { until } from '../run/host-clock.ts';
import type { Posted } from './lease-board.ts';

/** Whom the endpoint speaks for. */
export interface Subject {
  readonly scope: string;
  readonly name: string;
  readonly group?: number;
}

export interface Answer {
  readonly status: 200 | 503 | 404;
  readonly body: Readonly<Record<string, string | number | boolean>>;
}

/** Patroni's health checks (docs/rest_api.rst) as far as a store can answer them. */
const LEADER = new Set(['/leader']);
const PRIMARY = new Set(['/', '/primary', '/read-write']);
const STANDBY_LEADER = new Set(['/standby-leader', '/standby_leader']);

/** Whether the lease is valid is decided here and now, by both clocks of the host. */
export function answer(path: string, posted: Posted | undefined, subject: Subject): Answer {
  const known = LEADER.has(path) || PRIMARY.has(path) || STANDBY_LEADER.has(path);
  if (!known) return { status: 404, body: { error: 'no such check; there are /leader, /primary and /standby-leader' } };
  const remaining = posted === undefined ? 0 : until(posted.deadline);
  if (posted === undefined || remaining <= 0) return { status: 503, body: { role: 'not leader', ...subject } };
  const wanted = LEADER.has(path) || STANDBY_LEADER.has(path) === posted.standby;
  return {
    status: wanted ? 200 : 503,
    body: {
      role: posted.standby ? 'standby_leader' : 'primary',
      ...subject,
      token: posted.token,
      // Seconds, as everything that leaves the process. Never more than there are.
      remaining: Math.floor(remaining) / 1000,
    },
  };
}
