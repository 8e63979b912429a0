import type { ServerReport } from '../servers/probe.ts';
import { type Finding, inSeconds } from './finding.ts';

/** By so much clocks may differ, milliseconds: a scheduled switchover is read by each host's own. */
export const MOST_CLOCK_ERROR = 2000;

/** What the servers said, one by one. */
export function serverFindings(reports: readonly ServerReport[]): Finding[] {
  const findings = reports.flatMap(ofServer);
  const versions = new Set(reports.flatMap(({ version }) => (version === undefined ? [] : [version])));
  if (versions.size > 1) {
    findings.push({
      topic: 'server',
      grade: 'note',
      subject: 'all',
      message: `they differ: ${[...versions].join('; ')}`,
    });
  }
  return findings;
}

function ofServer({ endpoint, version, latency, clock, role, problem }: ServerReport): Finding[] {
  const subject = endpoint;
  if (problem !== undefined) return [{ topic: 'server', grade: 'wrong', subject, message: problem }];
  const isOff = clock !== undefined && Math.abs(clock.ahead) - clock.error > MOST_CLOCK_ERROR;
  const told = [
    version,
    role,
    latency === undefined ? undefined : `${latency.toFixed(1)} ms`,
    clock === undefined || isOff
      ? undefined
      : `its clock is within ${inSeconds(Math.abs(clock.ahead) + clock.error)} of this host's`,
  ];
  const message = told.filter((part) => part !== undefined).join(', ');
  const reached: Finding = { topic: 'server', grade: 'ok', subject, message };
  if (!isOff) return [reached];
  const way = clock.ahead > 0 ? 'ahead of' : 'behind';
  const off = `its clock is ${inSeconds(Math.abs(clock.ahead))} ${way} this host's, known to ${inSeconds(clock.error)}`;
  return [
    reached,
    { topic: 'server', grade: 'wrong', subject, message: `${off}; a schedule means another time there` },
  ];
}
