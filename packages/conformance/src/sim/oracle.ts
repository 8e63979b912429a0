import type { Recorder } from './recorder.ts';
import type { Running } from './simulation.ts';

/**
 * At the very moment at which the server begins a term, no lease of an earlier one may still say on its own clock that it is
 * held, whether its holder happens to act just then or not. Where one does, the history gets an act of both.
 */
export function witness(recorder: Recorder, running: Iterable<Running>, token: number, winner: Running): void {
  const now = recorder.now;
  for (const { plan, process, client } of running) {
    const { lease } = client;
    // A process that takes a term over in its own name deposes its twin by the fence alone.
    if (lease === undefined || plan.name === winner.plan.name || lease.token >= token || lease.remaining === 0)
      continue;
    const until = process.truly(lease.deadline);
    recorder.record({
      type: 'act',
      client: process.name,
      token: lease.token,
      from: now,
      to: until,
      count: 2,
      paused: 0,
    });
    recorder.record({ type: 'act', client: winner.process.name, token, from: now, to: now, count: 1, paused: 0 });
  }
}
