import type { History } from './history.ts';

/** A time in which something was wrong. */
export interface Disturbance {
  readonly from: number;
  /** Infinity when it did not end. */
  readonly to: number;
  /** What it was, for messages. */
  readonly why: string;
}

/** When a fault was on, or a client did not run, in the order of their beginnings. */
export function disturbances({ faults, pauses }: History): readonly Disturbance[] {
  const found: Disturbance[] = pauses.map(({ from, at, client }) => ({ from, to: at, why: `the pause of ${client}` }));
  const ends = new Map(faults.filter(({ phase }) => phase === 'end').map(({ id, at }) => [id, at]));
  for (const { phase, id, at, fault } of faults)
    if (phase === 'begin')
      found.push({ from: at, to: ends.get(id) ?? Number.POSITIVE_INFINITY, why: `${fault} (fault ${id})` });
  return found.sort((a, b) => a.from - b.from);
}
