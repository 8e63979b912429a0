import { type Dcs, DcsError, type Session } from '@tenure/core';
import { type Finding, inSeconds } from './finding.ts';

/** What the store really granted, milliseconds. */
export interface Granted {
  readonly ttl: number;
  readonly guaranteed: number;
}

/** Opens a session with the ttl in use and one with the shortest, and ends them; no key is bound to either. */
export async function sessionFindings(
  dcs: Dcs,
  signal: AbortSignal,
): Promise<{ readonly findings: Finding[]; readonly granted: Granted | undefined }> {
  const { minTtl } = dcs.store.limits;
  const { ttl } = dcs.timing;
  const asked = await attempt(dcs, ttl, signal);
  if (asked instanceof DcsError) return { findings: [refused('ttl', ttl, asked)], granted: undefined };
  const findings: Finding[] = [];
  const message = `${inSeconds(ttl)} asked for, ${inSeconds(asked.ttl)} granted, of which ${inSeconds(asked.guaranteed)} are guaranteed`;
  findings.push({ topic: 'session', grade: asked.ttl === ttl ? 'ok' : 'note', subject: 'ttl', message });
  const least = await attempt(dcs, minTtl, signal);
  if (least instanceof DcsError) findings.push(refused('floor', minTtl, least));
  else {
    const floor = `the shortest is ${inSeconds(least.ttl)}`;
    const more = least.ttl > minTtl ? `, where this configuration expects ${inSeconds(minTtl)}` : '';
    findings.push({
      topic: 'session',
      grade: least.ttl > minTtl ? 'note' : 'ok',
      subject: 'floor',
      message: floor + more,
    });
  }
  return { findings, granted: asked };
}

function refused(subject: string, ttl: number, error: DcsError): Finding {
  return { topic: 'session', grade: 'wrong', subject, message: `${inSeconds(ttl)} are refused: ${error.message}` };
}

async function attempt({ store, timing }: Dcs, ttl: number, signal: AbortSignal): Promise<Granted | DcsError> {
  const options = { signal, timeout: timing.retryTimeout };
  let session: Session;
  try {
    session = await store.openSession(ttl, options);
  } catch (error) {
    if (DcsError.is(error)) return error;
    throw error;
  }
  const { ttl: granted, guaranteed } = session;
  await session.end(options);
  return { ttl: granted, guaranteed };
}
