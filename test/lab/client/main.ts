import { readdirSync } from 'node:fs';
import { hostNow } from '../../clients/host-now.ts';
import { Journal } from './journal.ts';
import { type Contestant, kinds } from './kinds.ts';
import type { ClientSpec, Measure, Obeyed, Order } from './spec.ts';

/** A competing client in a process of its own: `startClient` starts it, with its specification as the argument. */
const spec = JSON.parse(process.argv[2] ?? '') as ClientSpec;
const journal = new Journal(spec.history);
/** Milliseconds between two looks at the clock, and how long a gap is a pause that is more than a stall of a busy machine. */
const LOOK_EVERY = 50;
const PAUSE = 500;

const uncaught = (error: unknown) => {
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  journal.append({ at: hostNow(), type: 'uncaught', client: spec.name, message });
};
process.on('uncaughtException', uncaught);
process.on('unhandledRejection', uncaught);

let looked = hostNow();
setInterval(() => {
  const now = hostNow();
  if (now - looked > PAUSE) journal.append({ at: now, type: 'pause', client: spec.name, from: looked });
  looked = now;
}, LOOK_EVERY);

function measure(): Measure {
  globalThis.gc?.();
  const { heapUsed } = process.memoryUsage();
  const handles = process.getActiveResourcesInfo().length;
  return { heap: heapUsed, handles, descriptors: readdirSync('/proc/self/fd').length };
}

async function obey(contestant: Contestant, order: Order): Promise<Measure | undefined> {
  switch (order.type) {
    case 'measure':
      return measure();
    case 'stall':
      for (const end = hostNow() + order.ms; hostNow() < end; );
      return undefined;
    case 'calm':
      contestant.calm();
      return undefined;
    case 'wind up':
      await contestant.windUp();
      return undefined;
    default:
      await contestant.obey(order);
      return undefined;
  }
}

async function begin(): Promise<Contestant> {
  try {
    return await kinds[spec.kind](spec, journal);
  } catch (error) {
    uncaught(error);
    process.exit(1);
  }
}

const contestant = await begin();
process.on('message', ({ id, order }: { readonly id: number; readonly order: Order }) => {
  const answer = (rest: Omit<Obeyed, 'order'>) => void process.send?.({ order: id, ...rest } satisfies Obeyed);
  obey(contestant, order).then(
    (measured) => answer(measured === undefined ? {} : { measure: measured }),
    (error: unknown) => {
      uncaught(error);
      answer({ failure: String(error) });
    },
  );
});
process.on('disconnect', () => process.exit());
