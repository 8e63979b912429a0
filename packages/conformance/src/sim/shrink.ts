import { type Failure, trial } from './run.ts';
import type { Schedule } from './schedule.ts';

/** The smallest schedule that could be found, by leaving out what is not needed, that still breaks one of the same rules. */
export async function shrink(failure: Failure): Promise<Failure> {
  const rules = new Set(failure.violations.map(({ rule }) => rule));
  let smallest = failure;
  for (;;) {
    const smaller = await first(simpler(smallest.schedule), async (schedule) => {
      const found = await trial(schedule);
      return found?.violations.some(({ rule }) => rules.has(rule)) ? found : undefined;
    });
    if (smaller === undefined) return smallest;
    smallest = smaller;
  }
}

/** Each is simpler by one thing, the greatest simplifications first; so the sequence of them ends. */
function* simpler(schedule: Schedule): Generator<Schedule> {
  const { clients, faults } = schedule;
  if (clients.length > 1)
    for (const [index] of clients.entries()) yield { ...schedule, clients: without(clients, index) };
  for (const [index] of faults.entries()) yield { ...schedule, faults: without(faults, index) };
  for (const [index, fault] of faults.entries()) {
    const lasts = Math.floor(fault.lasts / 2);
    if (lasts > schedule.ttl / 50) yield { ...schedule, faults: faults.with(index, { ...fault, lasts }) };
  }
  const even = clients.map((client) => ({ ...client, rate: 1 }));
  if (clients.some(({ rate }) => rate !== 1)) yield { ...schedule, clients: even };
  if (schedule.serverRate !== 1) yield { ...schedule, serverRate: 1 };
  if (schedule.stopBudget > 0) yield { ...schedule, stopBudget: 0 };
  for (const [index, client] of clients.entries()) {
    if (client.watches && (client.role === 'lead' || client.role === 'campaign'))
      yield { ...schedule, clients: clients.with(index, { ...client, watches: false }) };
  }
}

function without<T>(list: readonly T[], index: number): readonly T[] {
  return list.toSpliced(index, 1);
}

async function first<T, R>(list: Iterable<T>, find: (item: T) => Promise<R | undefined>): Promise<R | undefined> {
  for (const item of list) {
    const found = await find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
