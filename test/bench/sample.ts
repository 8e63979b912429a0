/** Milliseconds. */
export interface Stats {
  readonly p50: number;
  readonly p99: number;
}

export interface Comparison {
  readonly ours: Stats;
  readonly raw: Stats | undefined;
  /** The median of ours ÷ raw of each round, so that a drift of the machine between rounds cancels. */
  readonly ratio: number | undefined;
}

/** One way to do the work. Only `run` is timed. */
export interface Side {
  run(round: number): Promise<unknown>;
  /** Brings the state back for the next round. */
  reset?(): Promise<unknown>;
}

/** Both sides in turn, A B A B …, in one process; a tenth of the rounds comes first and does not count. */
export async function compare(rounds: number, ours: Side, raw?: Side): Promise<Comparison> {
  const a: number[] = [];
  const b: number[] = [];
  const warmUp = Math.ceil(rounds / 10);
  for (let round = -warmUp; round < rounds; round += 1) {
    const mine = await timed(ours, round + warmUp);
    const theirs = raw && (await timed(raw, round + warmUp));
    if (round < 0) continue;
    a.push(mine);
    if (theirs !== undefined) b.push(theirs);
  }
  return {
    ours: stats(a),
    raw: raw && stats(b),
    ratio:
      raw &&
      quantile(
        a.map((ms, i) => ms / (b[i] ?? Number.NaN)),
        0.5,
      ),
  };
}

async function timed(side: Side, round: number): Promise<number> {
  // What the last round left to the event loop is not this one's work.
  await new Promise((resolve) => setImmediate(resolve));
  const start = performance.now();
  await side.run(round);
  const end = performance.now();
  await side.reset?.();
  return end - start;
}

export function stats(samples: readonly number[]): Stats {
  return { p50: quantile(samples, 0.5), p99: quantile(samples, 0.99) };
}

export function quantile(samples: readonly number[], q: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}
