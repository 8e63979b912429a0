import { Context } from './context.ts';
import { type Harness, missing, type Need } from './harness.ts';
import type { Turns } from './turns.ts';

/** One case, for any runner: `for (const c of conformance(h)) test(c.title, { skip: c.skip }, c.run)`. */
export interface Case {
  readonly title: string;
  /** Why the case cannot run on this harness. */
  readonly skip: string | false;
  /** Rejects when the store breaks the sentence that the title states. Bound: may be passed as it is. */
  readonly run: () => Promise<void>;
}

/** A case before it has a harness. */
export interface Definition {
  readonly title: string;
  readonly needs: readonly Need[];
  readonly body: (t: Context) => Promise<void>;
}

/** `needs` are the hooks without which the case cannot run. */
export function define(title: string, body: (t: Context) => Promise<void>, ...needs: Need[]): Definition {
  return { title, needs, body };
}

export function toCase({ title, needs, body }: Definition, harness: Harness, turns: Turns): Case {
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
  return { title, skip, run };
}
