import { Context } from './context.ts';
import { type Harness, missing, type Need } from './harness.ts';
import type { Turns } from './turns.ts';

/** What a case mostly does: keeps the machine busy, or waits for leases to run out. */
export type Cost = 'work' | 'wait';

/** Milliseconds. Where the shortest ttl is less, waiting ends so soon that nothing is won by more cases at a time. */
const LONG_TTL = 5000;

/** One case, for any runner: `for (const c of conformance(h)) test(c.title, { skip: c.skip }, c.run)`. */
export interface Case {
  readonly title: string;
  /** Why the case cannot run on this harness. */
  readonly skip: string | false;
  /** Always `work` on a harness whose shortest ttl is short. */
  readonly cost: Cost;
  /** Rejects when the store breaks the sentence that the title states. Bound: may be passed as it is. */
  readonly run: () => Promise<void>;
}

/** A case before it has a harness. */
export interface Definition {
  readonly title: string;
  readonly needs: readonly Need[];
  readonly cost: Cost;
  readonly body: (t: Context) => Promise<void>;
}

/** `needs` are the hooks without which the case cannot run. */
export function define(title: string, body: (t: Context) => Promise<void>, ...needs: Need[]): Definition {
  return { title, needs, body, cost: 'work' };
}

/** The same for a case that takes longer on a store of longer leases, by about a ttl or more. */
export function waits(title: string, body: (t: Context) => Promise<void>, ...needs: Need[]): Definition {
  return { ...define(title, body, ...needs), cost: 'wait' };
}

export function toCase({ title, needs, body, cost }: Definition, harness: Harness, turns: Turns): Case {
  const skip = missing(harness, needs);
  const perform = async () => {
    await using context = new Context(harness);
    await context.within(body(context));
  };
  const run = async () => {
    if (skip !== false) throw new Error(`${title}: ${skip}`);
    // Whatever strikes the server strikes every case that runs on it.
    if (needs.includes('restart')) await turns.alone(perform);
    else await turns.together(perform);
  };
  return { title, skip, run, cost: harness.ttl < LONG_TTL ? 'work' : cost };
}
