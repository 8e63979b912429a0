import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { LeaseEvent } from '@tenure/core';
import type { HistoryEvent } from '../history/event.ts';
import { SCOPE } from './client.ts';
import { afflict } from './faults.ts';
import { Random } from './random.ts';
import type { Schedule } from './schedule.ts';
import { Simulation } from './simulation.ts';

/** The turn of the simulation that began last: they share `Math.random` and the channels of this process. */
let turn: Promise<unknown> = Promise.resolve();

/**
 * The history of a schedule, and of nothing else: the same schedule gives the same history to the byte. One at a time in
 * a process; those that are asked for meanwhile wait.
 */
export async function simulate(schedule: Schedule): Promise<readonly HistoryEvent[]> {
  const history = turn.then(() => alone(schedule));
  turn = history.catch(() => undefined);
  return await history;
}

async function alone(schedule: Schedule): Promise<readonly HistoryEvent[]> {
  const simulation = new Simulation(schedule);
  const told = (message: unknown) => hear(simulation, message as LeaseEvent);
  const uncaught = (error: unknown) => {
    const { current } = simulation.world;
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    simulation.recorder.record({ type: 'uncaught', client: current ?? 'nobody', message });
  };
  const { random } = Math;
  const { stackTraceLimit } = Error;
  const seeded = new Random(schedule.seed);
  Math.random = () => seeded.next();
  // Outages make many errors, and nobody reads where they came from.
  Error.stackTraceLimit = 0;
  subscribe('tenure:lease', told);
  process.on('unhandledRejection', uncaught);
  process.on('uncaughtException', uncaught);
  try {
    afflict(simulation);
    return await simulation.run();
  } finally {
    process.off('uncaughtException', uncaught);
    process.off('unhandledRejection', uncaught);
    unsubscribe('tenure:lease', told);
    Error.stackTraceLimit = stackTraceLimit;
    Math.random = random;
  }
}

/** What core publishes of a lease, it publishes from within the process that holds it. */
function hear({ world, recorder, running }: Simulation, { scope, token, event, remaining, reason }: LeaseEvent): void {
  const holder = [...running].find(({ process }) => process.name === world.current);
  if (scope !== SCOPE || holder === undefined || event === 'retimed') return;
  const { process } = holder;
  recorder.record({
    type: 'term',
    client: process.name,
    token,
    event,
    ...(remaining > 0 && { until: process.truly(process.now() + remaining) }),
    ...(reason !== undefined && { reason }),
  });
}
