import type { Fault } from '../ground/index.ts';
import { between, pick, type Random, seeded, shuffled } from '../random.ts';

/** Milliseconds. */
export interface PlannedFault {
  readonly name: string;
  /** From the beginning of its step. */
  readonly after: number;
  readonly lasts: number;
  /** Of what it leaves to chance. */
  readonly seed: string;
}

/** One or two faults, and the sound time that follows. */
export interface Step {
  readonly faults: readonly PlannedFault[];
  readonly rest: number;
}

export interface Times {
  readonly ttl: number;
  /** A sound time that is as long demands a leader. */
  readonly leaderWithin: number;
}

/** How much of the instant faults' time is theirs. */
const INSTANT = 0.1;

/**
 * The faults of a run, in order and time the same for the same seed. They are drawn as from a deck of cards, so that every kind
 * comes once before any comes again.
 */
export function* planOf(seed: string, faults: readonly Fault[], { ttl, leaderWithin }: Times): Generator<Step, never> {
  const random = seeded(seed);
  let deck: Fault[] = [];
  for (let step = 1; ; step += 1) {
    if (deck.length === 0) deck = shuffled(random, faults);
    const cards = deal(deck, random);
    let after = 0;
    const planned = cards.map((fault, index): PlannedFault => {
      const lasts = ttl * (fault.instant === true ? INSTANT : duration(random));
      const own = { name: fault.name, after, lasts, seed: `${seed}/${step}/${index}` };
      after = between(random, 0, 1) * lasts;
      return own;
    });
    // Often too short for the store to recover, now and then long enough that there must be a leader.
    const rest = random() < 0.75 ? between(random, 0.1, 1) * ttl : leaderWithin + between(random, 0.2, 1) * ttl;
    yield { faults: planned, rest };
  }
}

/** The next card, and three times of ten another one of another area, which comes while the first lasts. */
function deal(deck: Fault[], random: Random): Fault[] {
  const [first] = deck.splice(0, 1) as [Fault];
  const second = deck.findIndex(({ area }) => area !== first.area);
  return random() < 0.3 && second !== -1 ? [first, ...deck.splice(second, 1)] : [first];
}

/** In ttl: renewals are missed, or the lease runs out, or others have long led. */
function duration(random: Random): number {
  const [least, most] = pick(random, [
    [0.2, 1],
    [0.2, 1],
    [1, 2.5],
    [1, 2.5],
    [2.5, 4],
  ] as const);
  return between(random, least, most);
}
