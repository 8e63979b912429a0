import type { Entry } from '@tenure/core';
import type { Simulation } from './simulation.ts';

/**
 * At the very moment at which the server begins a term, no lease of an earlier one may still say on its own clock that it is
 * held, whether its holder happens to act just then or not. Where one does, the history gets an act of both.
 */
export class Oracle {
  readonly #simulation: Simulation;
  #token = 0;
  #deposed = 0;

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
  }

  /** An administrator's hand took the office away: the holder learns of it by its next renewal. */
  depose(): void {
    this.#deposed = this.#token;
  }

  begins(token: number, leader: Entry | undefined): void {
    const { recorder, running, server } = this.#simulation;
    this.#token = token;
    const now = recorder.now;
    for (const { plan, process, client } of running) {
      const { lease } = client;
      if (lease === undefined || lease.token >= token || lease.token <= this.#deposed || lease.remaining === 0)
        continue;
      // A process that takes the office over in its own name deposes its twin by the fence alone.
      if (plan.name === leader?.value) continue;
      const until = process.truly(lease.deadline);
      const act = { type: 'act', count: 1, paused: 0, from: now } as const;
      recorder.record({ ...act, client: process.name, token: lease.token, to: until });
      recorder.record({ ...act, client: server.ownerOf(leader?.session) ?? 'nobody', token, to: now });
    }
  }
}
