import { type ClusterView, type Dcs, DcsError } from '@tenure/core';
import type { ResolvedConfig } from '../config.ts';
import { expiryGrace } from '../grace.ts';
import { probeServers } from '../servers/probe.ts';
import type { Finding } from './finding.ts';
import { keyFindings } from './keys.ts';
import { permissionFindings } from './permissions.ts';
import { serverFindings } from './servers.ts';
import { sessionFindings } from './session.ts';
import { type Plan, planOf, timingFindings } from './timing.ts';

/** Milliseconds that a server may take for one answer. */
const PATIENCE = 3000;

export interface Examination {
  readonly findings: readonly Finding[];
  /** `undefined` when no session was granted. */
  readonly plan: Plan | undefined;
  /** The store answered, be it that it refuses the credentials. */
  readonly reachable: boolean;
}

/**
 * Looks at everything that a member needs of its store, and at what stands in its scope. Writes no key; two sessions are
 * opened and ended. @throws TypeError for certificates that cannot be used; `signal.reason`
 */
export async function examine(dcs: Dcs, config: ResolvedConfig, signal: AbortSignal): Promise<Examination> {
  const servers = serverFindings(await probeServers(config, PATIENCE));
  const begun = performance.now();
  let view: ClusterView;
  try {
    view = await dcs.view({ signal });
  } catch (error) {
    if (!DcsError.is(error)) throw error;
    const away: Finding = { topic: 'store', grade: 'wrong', subject: dcs.store.name, message: error.message };
    return { findings: [...servers, away], plan: undefined, reachable: error.code !== 'UNAVAILABLE' };
  }
  const message = `the scope is read in ${(performance.now() - begun).toFixed(1)} ms`;
  const store: Finding = { topic: 'store', grade: 'ok', subject: dcs.store.name, message };
  const permissions = await permissionFindings(dcs, view, signal);
  const { findings: sessions, granted } = await sessionFindings(dcs, signal);
  const plan = granted === undefined ? undefined : planOf(dcs.timing, granted, expiryGrace(config));
  const given = (config.ttl ?? config.loop_wait ?? config.retry_timeout) !== undefined;
  const timing = plan === undefined ? [] : timingFindings(plan, dcs.timing, view, given);
  const keys = keyFindings(view, Date.now());
  return { findings: [...servers, store, ...permissions, ...sessions, ...timing, ...keys], plan, reachable: true };
}
