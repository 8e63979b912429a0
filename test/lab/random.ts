/** From 0 to less than 1. */
export type Random = () => number;

/** The same numbers for the same seed, on every machine (mulberry32 on an FNV-1a hash of the seed). */
export function seeded(seed: string): Random {
  let state = 0x811c9dc5;
  for (const char of seed) state = Math.imul(state ^ (char.codePointAt(0) ?? 0), 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One of them. @throws RangeError when there is none */
export function pick<T>(random: Random, list: readonly T[]): T {
  if (list.length === 0) throw new RangeError('there is nothing to pick from');
  return list[Math.floor(random() * list.length)] as T;
}

/** A number from `least` to less than `most`. */
export function between(random: Random, least: number, most: number): number {
  return least + random() * (most - least);
}

/** In an order drawn by lot. */
export function shuffled<T>(random: Random, list: readonly T[]): T[] {
  const cards = [...list];
  for (let last = cards.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [cards[last], cards[other]] = [cards[other] as T, cards[last] as T];
  }
  return cards;
}
